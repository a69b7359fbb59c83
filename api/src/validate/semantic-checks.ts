import { resolveColumns } from '../presets/resolve-columns.ts';
import type { StreamSourceSpec } from '../spec/stream-source-spec.ts';
import { byteCount, durationMs } from '../units.ts';
import { alphaVantageParameterProblems } from './alpha-vantage-parameters.ts';
import { limitProblems, type LimitAt } from './limit-checks.ts';
import { cronFault, mostPollsWithin } from './poll-demand.ts';
import type { Problem } from './problem.ts';
import { isTimeZone, unknownTimeZone } from './time-zone.ts';

/** A check that the API server cannot make: it needs the time zone database, arithmetic or the presets. */
type Check = (spec: StreamSourceSpec) => Problem[];

export function semanticProblems(spec: StreamSourceSpec): Problem[] {
  return CHECKS.flatMap((check) => check(spec));
}

function limitsOf({ source: { quotaRef: _quotaRef, ...kinds } }: StreamSourceSpec): LimitAt[] {
  return Object.entries(kinds).flatMap(([kind, said]) =>
    (said?.limits ?? []).map((limit, index) => ({ limit, field: `spec.source.${kind}.limits[${index}]` })),
  );
}

const timeZonesExist: Check = (spec) => {
  const zones: [field: string, zone: string | undefined][] = [
    ['spec.schedule.timeZone', spec.schedule.timeZone],
    ['spec.databricks.schedule.timeZone', spec.databricks?.schedule?.timeZone],
    ['spec.series.zone', spec.series?.zone],
    ...spec.columns.map(({ zone }, index): [string, string | undefined] => [
      `spec.columns[${index}].zone`,
      zone,
    ]),
  ];
  return zones.flatMap(([field, zone]) =>
    zone === undefined || isTimeZone(zone) ? [] : [unknownTimeZone(field, zone)],
  );
};

const cronsParse: Check = (spec) => {
  const crons: [field: string, expression: string | undefined][] = [
    ['spec.schedule.cron', spec.schedule.cron],
    ['spec.databricks.schedule.cron', spec.databricks?.schedule?.cron],
  ];
  return crons.flatMap(([field, expression]) => {
    const fault = expression === undefined ? undefined : cronFault(expression);
    return fault === undefined
      ? []
      : [
          {
            field,
            code: 'BadCron',
            message: `${JSON.stringify(expression)} is no usable cron expression: ${fault}`,
            remedy: 'write minute, hour, day of month, month and day of week, such as "0 6 * * MON-FRI"',
          },
        ];
  });
};

const scheduleFitsLimits: Check = (spec) => {
  // A quota is divided among all its feeds: whether one fits is not for its spec alone to tell.
  if (spec.source.quotaRef !== undefined) return [];
  const { every, cron } = spec.schedule;
  if (cron !== undefined && cronFault(cron) !== undefined) return [];
  return limitsOf(spec).flatMap(({ limit, field }) => {
    const polls = mostPollsWithin(spec.schedule, durationMs(limit.per));
    if (polls <= limit.requests) return [];
    const asked = every === undefined ? `cron ${JSON.stringify(cron)}` : `every ${every}`;
    return [
      {
        field: every === undefined ? 'spec.schedule.cron' : 'spec.schedule.every',
        code: 'LimitExceeded',
        message: `${asked} is up to ${polls} polls in ${limit.per}, each at least one request, and ${field} allows ${limit.requests}`,
        remedy: `poll at most ${limit.requests} times in ${limit.per}, or raise the limit if the plan behind the key allows more`,
      },
    ];
  });
};

const limitsHold: Check = (spec) => limitProblems(limitsOf(spec));

const cursorColumnExists: Check = (spec) => {
  const cursor = spec.source.http?.cursor;
  const names = resolveColumns(spec).map(({ name }) => name);
  if (cursor === undefined || names.includes(cursor.column)) return [];
  return [
    {
      field: 'spec.source.http.cursor.column',
      code: 'UnknownColumn',
      message: `there is no column ${JSON.stringify(cursor.column)}`,
      remedy:
        names.length === 0
          ? 'declare it in spec.columns'
          : `declare it in spec.columns, or use one of ${names.join(', ')}`,
    },
  ];
};

/** The range of a backfill reaches the API by the window's templates only. */
const backfillIsAskedFor: Check = ({ source: { http } }) => {
  if (http?.backfill === undefined) return [];
  const { from, to } = http.backfill;
  const field = 'spec.source.http.backfill';
  const names = /\{\{\s*window\.(start|end)\s*\}\}/.test(JSON.stringify(http.request));
  const problems: Problem[] = names
    ? []
    : [
        {
          field,
          code: 'RuleBroken',
          message:
            'the request names neither window.start nor window.end, so it would be the same for every window',
          remedy: 'use {{ window.start }} and {{ window.end }} in source.http.request',
        },
      ];
  if (Date.parse(from) >= Date.parse(to))
    problems.push({
      field,
      code: 'OutOfRange',
      message: `the range from ${from} to ${to} holds nothing`,
      remedy: 'set to after from',
    });
  return problems;
};

const decimalsHold: Check = (spec) =>
  spec.columns.flatMap(({ type }, index) => {
    const [, precision, scale] = /^decimal\(([0-9]+),([0-9]+)\)$/.exec(type) ?? [];
    return precision === undefined || Number(scale) <= Number(precision)
      ? []
      : [
          {
            field: `spec.columns[${index}].type`,
            code: 'OutOfRange',
            message: `${type} has more digits after the point than digits in all`,
            remedy: 'give decimal(digits in all, digits after the point), such as decimal(18,6)',
          },
        ];
  });

const alphaVantageParameters: Check = ({ source: { alphaVantage } }) =>
  alphaVantage === undefined ? [] : alphaVantageParameterProblems(alphaVantage);

const urlsHoldNoPassword: Check = ({ source: { http, alphaVantage } }) => {
  const urls: [field: string, url: string | undefined][] = [
    ['spec.source.http.request.url', http?.request.url],
    ['spec.source.http.auth.oauth2.tokenUrl', http?.auth?.oauth2?.tokenUrl],
    ['spec.source.alphaVantage.baseUrl', alphaVantage?.baseUrl],
  ];
  return urls.flatMap(([field, url]) =>
    url !== undefined && /^https?:\/\/[^/?#]*@/.test(url)
      ? [
          {
            field,
            code: 'SecretInSpec' as const,
            message: 'a URL with a login in it would be readable by everybody who can read the StreamSource',
            remedy: 'use auth.basic with a Secret',
          },
        ]
      : [],
  );
};

const budgetHoldsAFile: Check = ({ csv, storage }) =>
  byteCount(csv.cut.bytes) <= byteCount(storage.budget)
    ? []
    : [
        {
          field: 'spec.storage.budget',
          code: 'OutOfRange',
          message: `one file may grow to ${csv.cut.bytes}, more than the budget of ${storage.budget}`,
          remedy: 'raise the budget or lower spec.csv.cut.bytes',
        },
      ];

const keptFilesHaveLanded: Check = ({ storage: { keep }, databricks }) =>
  keep === undefined || databricks !== undefined
    ? []
    : [
        {
          field: 'spec.storage.keep',
          code: 'OutOfRange',
          message: 'without databricks nothing is uploaded, and files stay on the disk for ever',
          remedy: 'leave keep out, or set databricks',
        },
      ];

const keptFilesHaveRoom: Check = ({ storage: { size, budget, keep }, databricks }) =>
  keep === undefined || databricks === undefined || size === undefined || byteCount(size) > byteCount(budget)
    ? []
    : [
        {
          field: 'spec.storage.keep',
          code: 'OutOfRange',
          message: `kept files have half of the budget of ${budget}, and the disk is no larger than that (${size})`,
          remedy: 'raise the size, lower the budget, or leave keep out',
        },
      ];

const CHECKS: readonly Check[] = [
  timeZonesExist,
  cronsParse,
  scheduleFitsLimits,
  limitsHold,
  cursorColumnExists,
  backfillIsAskedFor,
  decimalsHold,
  alphaVantageParameters,
  urlsHoldNoPassword,
  budgetHoldsAFile,
  keptFilesHaveLanded,
  keptFilesHaveRoom,
];
