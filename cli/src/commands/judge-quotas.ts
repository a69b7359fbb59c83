import { divideQuota } from '@tributary/api';
import type { ClaimPart, FileProblem, FileVerdict, QuotaPart, QuotaParts } from './validate-file.ts';

type Claim = ClaimPart & { readonly file: string };

/**
 * Adds to the verdicts what the operator would say of feeds whose schedules do not fit into the quota that they name, as
 * far as both are in the files. Precedence is the operator's, older feeds first: those of one apply share a second and go by name.
 */
export function judgeQuotas(files: readonly (FileVerdict & QuotaParts)[]): FileVerdict[] {
  const claims = files.flatMap(({ file, claims: own }) => own.map((claim): Claim => ({ ...claim, file })));
  const problems = files.flatMap(({ quotas }) => quotas.flatMap((quota) => problemsOf(quota, claims)));
  return files.map(({ file, valid, skipped, problems: own }) => {
    const more = problems.filter((problem) => problem.file === file);
    const refused = new Set(more.map(({ resource }) => resource));
    return { file, valid: valid.filter((each) => !refused.has(each)), skipped, problems: [...own, ...more] };
  });
}

function problemsOf({ name, namespace, limits }: QuotaPart, claims: readonly Claim[]): FileProblem[] {
  const own = claims
    .filter((claim) => claim.quota === name && claim.namespace === namespace)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const { refused } = divideQuota(
    limits,
    own.map((claim) => ({ key: claim.name, schedule: claim.schedule })),
  );
  return own.flatMap(({ file, line, column, resource, name: feed }): FileProblem[] => {
    const why = refused.get(feed);
    if (why === undefined) return [];
    const remedy =
      'poll less often, raise the limit if the plan behind the key allows more, or use another key';
    const message = `APIQuota ${name}: ${why} (of feeds that are applied together, the first by name has precedence)`;
    return [{ file, line, column, resource, field: 'spec.schedule', code: 'QuotaExceeded', message, remedy }];
  });
}
