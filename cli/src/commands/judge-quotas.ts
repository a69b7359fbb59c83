import { divideQuota, type Schedule } from '@tributary/api';
import type { Standing, StandingQuota } from './standing.ts';
import type { ClaimPart, FileProblem, FileVerdict, QuotaPart, QuotaParts } from './validate-file.ts';

/** Of a feed in a file, or of one that only the cluster has. */
interface Claim {
  readonly quota: string;
  readonly name: string;
  readonly namespace: string;
  readonly schedule: Schedule;
  /** Absent: it is not in the cluster yet. */
  readonly createdAt?: string;
  readonly written?: ClaimPart & { readonly file: string };
}

interface Quota extends StandingQuota {
  readonly written?: QuotaPart & { readonly file: string };
}

/** Quotas and what is asked of them, at one time. */
interface State {
  readonly quotas: readonly Quota[];
  readonly claims: readonly Claim[];
}

const LAST = '~';
const REMEDY = 'poll less often, raise the limit if the plan behind the key allows more, or use another key';

/**
 * Adds to the verdicts what the operator would say of feeds whose schedules do not fit into the quota that they name, as
 * far as both are in the files or `standing` in the cluster, and which feeds of the cluster would not fit any more. Precedence is the
 * operator's, older feeds first: those of one apply share a second and go by name.
 */
export function judgeQuotas(
  files: readonly (FileVerdict & QuotaParts)[],
  standing?: Standing,
): FileVerdict[] {
  const before = standingState(standing);
  const after = appliedState(files, before, standing?.contextNamespace ?? '');
  const problems = [
    ...after.quotas.flatMap((quota) => problemsOf(quota, before, after)),
    ...(standing === undefined ? [] : withoutQuota(after)),
  ];
  return files.map(({ file, valid, skipped, problems: own }) => {
    const more = problems.filter((problem) => problem.file === file);
    const refused = new Set(more.map(({ resource }) => resource));
    return { file, valid: valid.filter((each) => !refused.has(each)), skipped, problems: [...own, ...more] };
  });
}

function standingState({ quotas, feeds }: Pick<Standing, 'quotas' | 'feeds'> = NOTHING): State {
  const claims = feeds.flatMap(({ quota, ...feed }) => (quota === undefined ? [] : [{ ...feed, quota }]));
  return { quotas, claims };
}

const NOTHING = { quotas: [], feeds: [] };

/** What is written replaces what stands, and what names no namespace lies in that of the context. */
function appliedState(
  files: readonly (FileVerdict & QuotaParts)[],
  { quotas, claims }: State,
  contextNamespace: string,
): State {
  const placed = <T extends { namespace: string }>(part: T, file: string) => {
    const namespace = part.namespace || contextNamespace;
    return { ...part, namespace, written: { ...part, file } };
  };
  const newQuotas = files.flatMap((each) => each.quotas.map((quota) => placed(quota, each.file)));
  const newClaims = files.flatMap((each) =>
    each.claims.map((claim): Claim => {
      const own = placed(claim, each.file);
      const createdAt = claims.find((other) => isSame(other, own))?.createdAt;
      return createdAt === undefined ? own : { ...own, createdAt };
    }),
  );
  const replaced = new Set(files.flatMap(({ valid }) => valid));
  const isReplaced = ({ namespace, name }: Claim): boolean =>
    replaced.has(`${namespace}/${name}`) || (namespace === contextNamespace && replaced.has(name));
  return {
    quotas: [...newQuotas, ...quotas.filter((quota) => !newQuotas.some((each) => isSame(each, quota)))],
    claims: [...newClaims, ...claims.filter((claim) => !isReplaced(claim))],
  };
}

function isSame(a: { name: string; namespace: string }, b: { name: string; namespace: string }): boolean {
  return a.name === b.name && a.namespace === b.namespace;
}

function divide({ name, namespace, limits }: Quota, claims: readonly Claim[]) {
  const precedence = ({ createdAt = LAST, name: feed }: Claim): string => `${createdAt} ${feed}`;
  const own = claims
    .filter((claim) => claim.quota === name && claim.namespace === namespace)
    .toSorted((a, b) => (precedence(a) < precedence(b) ? -1 : 1));
  const { refused } = divideQuota(
    limits,
    own.map((claim) => ({ key: claim.name, schedule: claim.schedule })),
  );
  return { own, refused };
}

function problemsOf(quota: Quota, before: State, after: State): FileProblem[] {
  const { own, refused } = divide(quota, after.claims);
  const stood = before.quotas.find((each) => isSame(each, quota));
  const was = stood === undefined ? undefined : divide(stood, before.claims);
  const found: FileProblem[] = [];
  for (const claim of own) {
    const why = refused.get(claim.name);
    if (why === undefined) continue;
    const message = `APIQuota ${quota.name}: ${why}`;
    const exceeded = { code: 'QuotaExceeded', remedy: REMEDY };
    if (claim.written !== undefined) {
      const order = '(of feeds that are applied together, the first by name has precedence)';
      found.push({ ...at(claim.written, 'spec.schedule'), ...exceeded, message: `${message} ${order}` });
      continue;
    }
    // One of the cluster that is refused already is nobody's doing here.
    const fitted = was?.own.some((each) => isSame(each, claim)) === true && !was.refused.has(claim.name);
    const cause = fitted ? causeOf(claim, quota, stood, own, before.claims) : undefined;
    if (cause === undefined) continue;
    const stalls = `would stall ${claim.namespace}/${claim.name} of the cluster: ${message}`;
    found.push({ ...cause, ...exceeded, message: stalls });
  }
  return found;
}

type Where = Pick<FileProblem, 'file' | 'line' | 'column' | 'resource' | 'field'>;

/** What is written that takes the room: a quota that is another than before, else a feed that is, at best one that comes first. */
function causeOf(
  victim: Claim,
  quota: Quota,
  stood: Quota | undefined,
  own: readonly Claim[],
  before: readonly Claim[],
): Where | undefined {
  if (quota.written !== undefined && JSON.stringify(quota.limits) !== JSON.stringify(stood?.limits))
    return at(quota.written, 'spec.limits');
  const changed = own.filter(({ written, ...claim }) => {
    if (written === undefined) return false;
    const known = before.find((each) => isSame(each, claim));
    const same = JSON.stringify(known?.schedule) === JSON.stringify(claim.schedule);
    return known?.quota !== claim.quota || !same;
  });
  const earlier = changed.filter((claim) => own.indexOf(claim) < own.indexOf(victim));
  const cause = (earlier.at(-1) ?? changed.at(0))?.written;
  return cause === undefined ? undefined : at(cause, 'spec.schedule');
}

function at(
  { file, line, column, resource }: { file: string; line: number; column: number; resource: string },
  field: string,
): Where {
  return { file, line, column, resource, field };
}

/** Feeds whose quota is nowhere: the operator would wait for somebody to make it. */
function withoutQuota({ quotas, claims }: State): FileProblem[] {
  return claims.flatMap(({ written, quota: name, namespace }): FileProblem[] => {
    if (written === undefined || quotas.some((quota) => isSame(quota, { name, namespace }))) return [];
    const message = `there is no APIQuota ${name} that is right, neither in what is given nor in namespace ${namespace} of the cluster`;
    const remedy = 'make it, or correct the name';
    const where = at(written, 'spec.source.quotaRef');
    return [{ ...where, code: 'QuotaNotFound', message, remedy }];
  });
}
