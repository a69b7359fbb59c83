import {
  MOST_LISTED_FEEDS,
  type ApiQuotaStatus,
  type Condition,
  type Limit,
  type QuotaDivision,
  type QuotaShare,
} from '@tributary/api';
import type { ApiQuota } from './api-quota.ts';

export interface QuotaFeed {
  name: string;
  /** Requests that it has left, as its producer last said. */
  remaining: number | undefined;
}

/** What a quota's status says of its division. `now` dates the conditions that changed. */
export function quotaStatus(
  { metadata, spec, status }: ApiQuota,
  { shares, refused, needed }: QuotaDivision,
  feeds: readonly QuotaFeed[],
  now: number,
): ApiQuotaStatus {
  const limits = (spec?.limits ?? []).map((limit, index) => ({
    limit: describeLimit(limit),
    needed: needed[index] ?? 0,
    left: Math.max(0, limit.requests - (needed[index] ?? 0)),
  }));
  const condition = (type: string, holds: boolean, reason: string, message: string): Condition => {
    const before = status?.conditions?.find((each) => each.type === type);
    const value = holds ? 'True' : 'False';
    return {
      type,
      status: value,
      observedGeneration: metadata.generation ?? 1,
      lastTransitionTime:
        before?.status === value
          ? before.lastTransitionTime
          : new Date(now).toISOString().replace(/\.\d{3}Z$/, 'Z'),
      reason,
      message,
    };
  };
  const names = [...refused.keys()];
  return {
    observedGeneration: metadata.generation ?? 1,
    conditions: [
      condition('Ready', true, 'Divided', 'The limits are divided among the feeds.'),
      names.length === 0
        ? condition('Fitting', true, 'AllFit', 'The schedules of all feeds fit into the limits.')
        : condition(
            'Fitting',
            false,
            'QuotaExceeded',
            `${names.length} of ${feeds.length} feeds do not fit: ${names.slice(0, 10).join(', ')}${names.length > 10 ? ', …' : ''}.`,
          ),
    ],
    feeds: feeds.length,
    refused: names.length,
    limits,
    summary: limits.map(({ limit, left }) => `${left} of ${limit}`).join(', '),
    shares: feeds
      .slice(0, MOST_LISTED_FEEDS)
      .map(({ name, remaining }) => ({ name, ...shareOf(shares.get(name), remaining) })),
  };
}

function shareOf(share: QuotaShare | undefined, remaining: number | undefined) {
  if (share === undefined) return { fits: false };
  const { limits, phase } = share;
  return {
    fits: true,
    share: limits.map(describeLimit).join(', '),
    ...(phase === undefined
      ? {}
      : { turn: `${seconds(phase.offsetMs)} into every ${seconds(phase.everyMs)}` }),
    ...(remaining === undefined ? {} : { remaining }),
  };
}

function describeLimit({ requests, per }: Limit): string {
  return `${requests} per ${per}`;
}

function seconds(ms: number): string {
  return `${ms / 1_000}s`;
}
