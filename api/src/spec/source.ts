import { z } from 'zod';
import { constrained, exactlyOne, listAtomic } from '../constraint.ts';
import { openMeteo } from '../presets/open-meteo.ts';
import { usgsEarthquakes } from '../presets/usgs-earthquakes.ts';
import { duration } from '../units.ts';
import { limit } from './limit.ts';
import { charset, csvFormat, xmlFormat } from './body-format.ts';
import { namedValue, secretKeyRef, timeZone } from './shared.ts';

const url = (schemes = 'https?') =>
  z
    .string()
    .min(8)
    .max(2048)
    .regex(new RegExp(`^${schemes}://[^\\s]+$`), { message: 'must be an http or https URL' });
/** A URL whose path may hold templates. Told apart by their braces, so that a match is found in linear time. */
const urlTemplate = () =>
  z
    .string()
    .min(8)
    .max(2048)
    .regex(/^https?:\/\/(?:\{\{ ?[a-z.]+ ?\}\}|[^\s{])+$/, {
      message: 'must be an http or https URL, with templates such as {{ cursor }} where needed',
    });
const path = () => z.string().min(1).max(512);

const errorRule = () =>
  constrained(
    z.strictObject({
      status: z
        .int()
        .min(100)
        .max(599)
        .optional()
        .describe('Status of the answer. Absent: any, where the body decides.'),
      when: z
        .string()
        .min(1)
        .max(512)
        .optional()
        .describe('JMESPath over the body; the rule holds when its result is not null, false or empty.'),
      says: z
        .string()
        .min(1)
        .max(256)
        .optional()
        .describe('Text that the body contains, in whatever format it comes; case does not matter.'),
      is: z.enum(['RateLimited', 'Retry', 'Skip', 'Fail', 'Auth']).describe('What such an answer means.'),
    }),
    {
      rule: 'has(self.status) || has(self.when) || has(self.says)',
      message: 'set status, when, says, or several',
      holds: ({ status, when, says }) => status !== undefined || when !== undefined || says !== undefined,
    },
  );

const request = () =>
  z.strictObject({
    method: z.enum(['GET', 'POST']).default('GET').describe('HTTP method.'),
    url: urlTemplate().describe('URL without the query; templates are allowed in the path.'),
    query: listAtomic(z.array(namedValue()).max(64))
      .default([])
      .describe('Query parameters in order; names may repeat.'),
    headers: listAtomic(z.array(namedValue()).max(64))
      .default([])
      .describe('Request headers. Secrets belong in auth.'),
    body: z.string().max(16384).optional().describe('Request body, a template.'),
  });

const apiKey = () =>
  constrained(
    z.strictObject({
      header: z.string().min(1).max(128).optional().describe('Send the key in this header.'),
      query: z.string().min(1).max(128).optional().describe('Send the key as this query parameter.'),
      from: secretKeyRef().describe('The key.'),
    }),
    {
      rule: 'has(self.header) != has(self.query)',
      message: 'set exactly one of header and query',
      holds: ({ header, query }) => exactlyOne(header, query),
    },
  );

const oauth2 = () =>
  z.strictObject({
    tokenUrl: url().describe('Token endpoint.'),
    clientIdFrom: secretKeyRef().describe('Client id.'),
    clientSecretFrom: secretKeyRef().describe('Client secret.'),
    refreshTokenFrom: secretKeyRef()
      .optional()
      .describe('Refresh token; absent: the client credentials grant.'),
    scopes: z.array(z.string().min(1).max(256)).max(32).default([]).describe('Scopes to ask for.'),
    clientAuth: z
      .enum(['body', 'basic'])
      .default('body')
      .describe('Where client id and secret are sent: in the form, or as HTTP Basic.'),
    parameters: listAtomic(z.array(namedValue()).max(8))
      .default([])
      .describe('Further parameters of the form, such as audience.'),
  });

const auth = () =>
  constrained(
    z.strictObject({
      apiKey: apiKey().optional().describe('A key in a header or query parameter.'),
      basic: z
        .strictObject({
          usernameFrom: secretKeyRef().describe('User name.'),
          passwordFrom: secretKeyRef().describe('Password.'),
        })
        .optional()
        .describe('HTTP Basic.'),
      bearer: z
        .strictObject({ tokenFrom: secretKeyRef().describe('Token.') })
        .optional()
        .describe('A fixed bearer token.'),
      oauth2: oauth2().optional().describe('OAuth 2: client credentials, or refresh token.'),
      mtls: z
        .strictObject({
          certFrom: secretKeyRef().describe('PEM certificate.'),
          keyFrom: secretKeyRef().describe('PEM private key.'),
          caFrom: secretKeyRef().optional().describe('PEM authorities of the server.'),
        })
        .optional()
        .describe('A client certificate.'),
    }),
    {
      rule: '[has(self.apiKey), has(self.basic), has(self.bearer), has(self.oauth2), has(self.mtls)].filter(x, x).size() == 1',
      message: 'set exactly one of apiKey, basic, bearer, oauth2 and mtls',
      holds: (it) => exactlyOne(it.apiKey, it.basic, it.bearer, it.oauth2, it.mtls),
    },
  );

const pagination = () =>
  constrained(
    z.strictObject({
      page: z
        .strictObject({
          parameter: path().describe('Query parameter of the page number.'),
          start: z.int().min(0).max(1).default(1).describe('Number of the first page.'),
          size: z
            .int()
            .min(1)
            .max(100_000)
            .optional()
            .describe('Records in a full page; a shorter one is the last.'),
        })
        .optional()
        .describe('Numbered pages.'),
      offset: z
        .strictObject({
          parameter: path().describe('Query parameter of the offset.'),
          size: z.int().min(1).max(100_000).describe('Records in a full page.'),
        })
        .optional()
        .describe('Record offsets.'),
      cursor: z
        .strictObject({
          parameter: path().describe('Query parameter of the token.'),
          path: path().describe('Where the next token is in the body.'),
        })
        .optional()
        .describe('A token in the body.'),
      nextLink: z
        .strictObject({ path: path().describe('Where the next URL is in the body.') })
        .optional()
        .describe('A URL in the body.'),
      linkHeader: z
        .strictObject({ rel: z.string().max(32).default('next').describe('Relation to follow.') })
        .optional()
        .describe('The Link header (RFC 8288).'),
      where: z
        .enum(['query', 'body'])
        .default('query')
        .describe(
          'Where page, offset and cursor put their parameter: body sets that member of a JSON body, such as variables.after, or that field of a form.',
        ),
      maxPages: z
        .int()
        .min(1)
        .max(100_000)
        .default(1_000)
        .describe('A poll stops, and says so, after this many pages.'),
    }),
    {
      rule: '[has(self.page), has(self.offset), has(self.cursor), has(self.nextLink), has(self.linkHeader)].filter(x, x).size() == 1',
      message: 'set exactly one of page, offset, cursor, nextLink and linkHeader',
      holds: (it) => exactlyOne(it.page, it.offset, it.cursor, it.nextLink, it.linkHeader),
    },
  );

const cursor = () =>
  z.strictObject({
    column: z.string().min(1).max(128).describe('Column whose greatest value is the cursor.'),
    start: z.string().max(64).optional().describe('Cursor of the very first poll.'),
    lookback: duration()
      .optional()
      .describe('How far the cursor is set back on each poll, for records that arrive late.'),
  });

const instant = () =>
  z
    .string()
    .min(4)
    .max(32)
    .regex(
      /^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,3})?)?(Z|[+-][0-9]{2}:[0-9]{2}))?$/,
      {
        message: 'must be a date or a time with its offset, such as 2026-01-01 or 2026-01-01T00:00:00Z',
      },
    );

const window = () =>
  z.strictObject({
    start: instant().optional().describe('Where the very first window begins. Default: one step ago.'),
    step: duration()
      .default('1d')
      .describe('Longest window; a longer time since the last poll is asked for window by window.'),
    lookback: duration()
      .optional()
      .describe('How far a window begins before the end of the last one, for records that arrive late.'),
    format: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe(
        'How {{ window.start }} and {{ window.end }} are written: epochSeconds, epochMillis, or a pattern such as yyyy-MM-dd. Default ISO 8601 in UTC.',
      ),
    zone: timeZone().optional().describe('Zone that a pattern is written in. Default UTC.'),
  });

const backfill = () =>
  z.strictObject({
    from: instant().describe('Begin of the range.'),
    to: instant().describe('End of the range, not part of it.'),
    step: duration().default('1d').describe('Length of one window.'),
  });

/** Any HTTP API. */
export const httpSource = () =>
  z.strictObject({
    request: request().describe('The request of one poll.'),
    auth: auth().optional().describe('How the request proves who we are.'),
    pagination: pagination().optional().describe('How to get the following pages.'),
    format: z
      .enum(['json', 'ndjson', 'csv', 'xml', 'text'])
      .default('json')
      .describe('Format of the body; of a text, records makes what no format describes.'),
    charset: charset()
      .optional()
      .describe('Charset of the body where neither the body nor Content-Type tells it rightly.'),
    archiveFile: z
      .string()
      .min(1)
      .max(256)
      .optional()
      .describe(
        'Which file of a ZIP archive is the body, * for any characters. Default: the largest. Archives and gzip are unpacked wherever they come.',
      ),
    csv: csvFormat().optional().describe('Dialect, where format is csv.'),
    xml: xmlFormat().optional().describe('Reading of names, where format is xml.'),
    records: z
      .string()
      .min(1)
      .max(4096)
      .optional()
      .describe(
        'JMESPath that makes the records of the body, with entries(), expand(), rows(), table(), unpivot(), cube() and others for shapes that are no list of objects. Default: the body.',
      ),
    nulls: listAtomic(z.array(z.string().max(64)).max(32))
      .default([])
      .describe('Words that stand for a missing value.'),
    cursor: cursor().optional().describe('What lets a poll ask only for what is new.'),
    window: window()
      .optional()
      .describe(
        'What {{ window.start }} and {{ window.end }} stand for: each poll asks for the time since the last.',
      ),
    backfill: backfill()
      .optional()
      .describe('A range of the past that is fetched between the polls, with the templates of the window.'),
    limits: listAtomic(z.array(limit()).max(8)).default([]).describe('Limits of the provider, all kept.'),
    errors: listAtomic(z.array(errorRule()).max(32))
      .default([])
      .describe('Rules over the status and the body of an answer, first match wins.'),
    allowPrivate: z
      .boolean()
      .default(false)
      .describe('Allow addresses that are private, loopback or link-local.'),
    timeout: duration().default('30s').describe('Deadline of one request.'),
  });

/** Alpha Vantage, by function and parameters. */
export const alphaVantageSource = () =>
  z.strictObject({
    function: z
      .string()
      .min(1)
      .max(64)
      .regex(/^[A-Z][A-Z0-9_]*$/, { message: 'must be the name of an Alpha Vantage function, in capitals' })
      .describe('Function, such as TIME_SERIES_WEEKLY_ADJUSTED.'),
    parameters: listAtomic(z.array(namedValue()).max(32))
      .default([])
      .describe('Parameters in order; RANGE may be given twice.'),
    apiKeyFrom: secretKeyRef().describe('The API key.'),
    baseUrl: url()
      .default('https://www.alphavantage.co/query')
      .describe('Endpoint; another one only for tests and replays.'),
    limits: listAtomic(z.array(limit()).max(8))
      .default([
        { requests: 1, per: '1s' },
        { requests: 25, per: '1d', resets: '00:00', zone: 'America/New_York' },
      ])
      .describe('Limits of the plan behind the key. Default: the free plan.'),
    allowPrivate: z.boolean().default(false).describe('Allow baseUrl to be a private or loopback address.'),
  });

export const source = () =>
  constrained(
    z.strictObject({
      alphaVantage: alphaVantageSource().optional().describe('Alpha Vantage.'),
      http: httpSource().optional().describe('Any HTTP API.'),
      openMeteo: openMeteo.schema().optional().describe('Weather by Open-Meteo.'),
      usgsEarthquakes: usgsEarthquakes
        .schema()
        .optional()
        .describe('Earthquakes, by the U.S. Geological Survey.'),
      quotaRef: z
        .strictObject({
          name: z.string().min(1).max(253).describe('Name of an APIQuota in the same namespace.'),
        })
        .optional()
        .describe(
          'The quota that all feeds on one key share; its limits take the place of those of the source.',
        ),
    }),
    {
      rule: '[has(self.alphaVantage), has(self.http), has(self.openMeteo), has(self.usgsEarthquakes)].filter(x, x).size() == 1',
      message: 'set exactly one of alphaVantage, http, openMeteo and usgsEarthquakes',
      holds: (it) => exactlyOne(it.alphaVantage, it.http, it.openMeteo, it.usgsEarthquakes),
    },
    {
      rule: '!has(self.quotaRef) || !has(self.http) || !has(self.http.limits) || self.http.limits.size() == 0',
      message: 'with quotaRef the limits are those of the APIQuota: remove http.limits, or quotaRef',
      path: ['quotaRef'],
      holds: ({ quotaRef, http }) => quotaRef === undefined || (http?.limits.length ?? 0) === 0,
    },
  );

export type Source = z.output<ReturnType<typeof source>>;
export type HttpSource = z.output<ReturnType<typeof httpSource>>;
export type AlphaVantageSource = z.output<ReturnType<typeof alphaVantageSource>>;
export type ErrorRule = z.output<ReturnType<typeof errorRule>>;
