import { divideQuota, type Schedule } from '@tributary/api';
import { NOTHING_STANDS, type Standing } from './standing.ts';
import type { ClaimPart, FileProblem, FileVerdict, QuotaPart, QuotaParts } from './validate-file.ts';

/** Of a feed in a file, or of one that only the cluster has. */
interface Claim {
  readonly quota: string;
  readonly name: string;
  readonly namespace: string;
  readonly schedule: Schedule;
  /** Absent: it is not in the cluster yet. */
  readonly createdAt: string | undefined;
  readonly written?: ClaimPart & { readonly file: string };
}

const LAST = '~';

/**
 * Adds to the verdicts what the operator would say of feeds whose schedules do not fit into the quota that they name, as
 * far as both are in the files or `standing` in the cluster. Precedence is the operator's, older feeds first: those of one
 * apply share a second and go by name.
 */
export function judgeQuotas(
  files: readonly (FileVerdict & QuotaParts)[],
  standing: Standing = NOTHING_STANDS,
): FileVerdict[] {
  const claims = claimsOf(files, standing);
  const written = files.flatMap(({ quotas }) => quotas);
  // What is written replaces what stands.
  const stays = standing.quotas.filter((quota) => !written.some((each) => isSame(each, quota)));
  const problems = [...written, ...stays].flatMap((quota) => problemsOf(quota, claims));
  return files.map(({ file, valid, skipped, problems: own }) => {
    const more = problems.filter((problem) => problem.file === file);
    const refused = new Set(more.map(({ resource }) => resource));
    return { file, valid: valid.filter((each) => !refused.has(each)), skipped, problems: [...own, ...more] };
  });
}

function claimsOf(files: readonly (FileVerdict & QuotaParts)[], standing: Standing): Claim[] {
  const written = files.flatMap(({ file, claims, valid }) => {
    const own = claims.map((claim): Claim => {
      const { quota, name, namespace, schedule } = claim;
      const createdAt = standing.feeds.find((each) => isSame(each, claim))?.createdAt;
      return { quota, name, namespace, schedule, createdAt, written: { ...claim, file } };
    });
    return [{ own, valid }];
  });
  const replaced = new Set(written.flatMap(({ valid }) => valid));
  const others = standing.feeds.flatMap(({ quota, ...feed }): Claim[] => {
    const resource = feed.namespace === '' ? feed.name : `${feed.namespace}/${feed.name}`;
    return quota === undefined || replaced.has(resource) ? [] : [{ ...feed, quota }];
  });
  return [...written.flatMap(({ own }) => own), ...others];
}

function isSame(a: { name: string; namespace: string }, b: { name: string; namespace: string }): boolean {
  return a.name === b.name && a.namespace === b.namespace;
}

function problemsOf({ name, namespace, limits }: QuotaPart, claims: readonly Claim[]): FileProblem[] {
  const precedence = ({ createdAt = LAST, name: feed }: Claim): string => `${createdAt} ${feed}`;
  const own = claims
    .filter((claim) => claim.quota === name && claim.namespace === namespace)
    .toSorted((a, b) => (precedence(a) < precedence(b) ? -1 : 1));
  const { refused } = divideQuota(
    limits,
    own.map((claim) => ({ key: claim.name, schedule: claim.schedule })),
  );
  return own.flatMap(({ written, name: feed }): FileProblem[] => {
    const why = refused.get(feed);
    if (why === undefined || written === undefined) return [];
    const { file, line, column, resource } = written;
    const remedy =
      'poll less often, raise the limit if the plan behind the key allows more, or use another key';
    const message = `APIQuota ${name}: ${why} (of feeds that are applied together, the first by name has precedence)`;
    return [{ file, line, column, resource, field: 'spec.schedule', code: 'QuotaExceeded', message, remedy }];
  });
}
