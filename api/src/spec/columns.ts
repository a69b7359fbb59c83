import { z } from 'zod';
import { constrained, listAtomic, listMap } from '../constraint.ts';
import { timeZone } from './shared.ts';

const valuePath = () => z.string().min(1).max(1024);

/** The blanks stand in it themselves: the API server's regular expressions know no \u. */
const GROUPING = new RegExp(`^[.,' _${'\u00a0\u202f'}]$`);

/** How numbers are written that are not written as JSON would. */
const numberWriting = () =>
  z.strictObject({
    decimal: z.enum(['.', ',']).default('.').describe('Decimal point.'),
    grouping: z
      .string()
      .min(1)
      .max(1)
      .regex(GROUPING, { message: "must be one of . , ' _ and a blank" })
      .optional()
      .describe('What stands between thousands.'),
    affixes: listAtomic(z.array(z.string().min(1).max(16)).max(16))
      .default([])
      .describe('Texts before or behind the digits to take off, such as "%" or "€".'),
    powers: listAtomic(
      z
        .array(
          z.strictObject({
            suffix: z.string().min(1).max(16).describe('Text behind the digits, such as "M".'),
            exponent: z.int().min(-30).max(30).describe('Power of ten that it stands for, such as 6.'),
          }),
        )
        .max(16),
    )
      .optional()
      .describe('Texts behind the digits that stand for a power of ten: 1.2M becomes 1.2e6.'),
  });

const TYPE =
  /^(string|long|double|boolean|date|timestamp|decimal\(([1-9]|[12][0-9]|3[0-8]),([0-9]|[12][0-9]|3[0-8])\))$/;

/** One column: where its value is in a record, what it means and what it is typed as downstream. */
export const column = () =>
  z.strictObject({
    name: z
      .string()
      .min(1)
      .max(96)
      .regex(/^[A-Za-z][A-Za-z0-9_]*$/, {
        message: 'must begin with a letter and hold letters, digits and underscores',
      })
      .describe('Column name in the CSV and the tables.'),
    path: valuePath()
      .optional()
      .describe(
        'Where the value is in a record: member names joined by dots, items as [0], from the body after "$."; or any JMESPath. Default: the column name.',
      ),
    role: z
      .enum(['key', 'time', 'measure', 'dimension'])
      .default('dimension')
      .describe(
        'key: identifies the record. time: its event time. measure: a number to analyse. dimension: anything else.',
      ),
    type: z
      .string()
      .max(32)
      .regex(TYPE, {
        message: 'must be string, long, double, boolean, date, timestamp or decimal(precision,scale)',
      })
      .default('string')
      .describe('Type that the value is cast to downstream; the CSV keeps its text exactly.'),
    zone: timeZone().optional().describe('Zone of a time that carries none. Default UTC.'),
    zoneFrom: valuePath()
      .optional()
      .describe(
        'Path of the zone where the record, or after "$." the body, states it; zone where it does not.',
      ),
    format: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe(
        "How a time is written: epochSeconds, epochMillis, epochMicros, epochNanos, epochDays, excelDays, rfc2822, or a pattern such as yyyyMMdd, dd-MMM-yyyy or yyyy-'M'MM. Default ISO 8601.",
      ),
    number: numberWriting()
      .optional()
      .describe(
        'How a number is written where a cast downstream could not read it; digits stay as they are.',
      ),
    nulls: listAtomic(z.array(z.string().max(64)).max(32))
      .optional()
      .describe('Words that stand for a missing value in this column, beside those of the source.'),
    nullFrom: valuePath()
      .optional()
      .describe('Path of the word for a missing value where the record, or after "$." the body, states it.'),
    kind: z
      .enum(['price', 'rate', 'count', 'amount', 'level', 'temperature', 'angle'])
      .optional()
      .describe('What a measure is; guides plots and tests.'),
    transform: z
      .enum(['none', 'logReturn', 'difference', 'log'])
      .optional()
      .describe('What makes a measure comparable over time before it is tested.'),
    unit: z.string().min(1).max(32).optional().describe('Unit of a measure, shown on axes.'),
  });

export const columns = () =>
  constrained(
    listMap(z.array(column()).max(256), 'name'),
    {
      rule: "self.filter(c, has(c.role) && c.role == 'time').size() <= 1",
      message: 'at most one column may have role: time; give the others role: dimension',
      holds: (list) => list.filter(({ role }) => role === 'time').length <= 1,
    },
    {
      rule: 'self.all(c, self.exists_one(d, d.name.lowerAscii() == c.name.lowerAscii()))',
      message: 'no two column names may differ in case only, since tables do not tell them apart',
      holds: (list) => new Set(list.map(({ name }) => name.toLowerCase())).size === list.length,
    },
  );

export type Column = z.output<ReturnType<typeof column>>;
