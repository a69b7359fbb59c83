import { httpOf, parseStreamSource, type StreamSourceSpec } from '@tributary/api';
import { previewBody, type Preview } from '@tributary/producer';
import { SecretFolder, SecretRegistry } from '@tributary/runtime';
import { parse } from 'yaml';
import { printable } from '../output/printable.ts';
import { refuseErrors } from './answer-is-error.ts';
import { cursorOf } from './cursor-of.ts';
import { findRecords } from './find-records.ts';
import { identify } from './identify.ts';
import { pagingOf } from './paging.ts';
import { presetOf } from './preset-of-url.ts';
import { readUnknown } from './read-unknown.ts';
import { requestOf, type ProposedRequest } from './request-of-url.ts';
import { reshapeWide } from './reshape-wide.ts';
import { writeFeed, type ProposedFeed } from './write-feed.ts';

export interface Named {
  name: string;
  namespace: string;
  url: string;
}

/** A StreamSource for an answer, as YAML, with what the preview makes of that very answer. Throws a CliError for what is no data. */
export function propose(text: string, { name, namespace, url }: Named): string {
  const request = requestOf(url, name);
  const preset = presetOf(request, name);
  const asked = preset === undefined ? httpFor(text, request, name) : { source: preset };
  const feed: ProposedFeed = { name, namespace, every: '1h', ...asked };
  const first = previewOf(writeFeed(feed, []), text);
  const paced = { ...feed, every: pace(first.preview) };
  const told = comments(first, secretComments(request, preset !== undefined, name));
  return writeFeed(paced, told.map(printable));
}

function httpFor(
  text: string,
  request: ProposedRequest,
  name: string,
): Pick<ProposedFeed, 'source' | 'columns'> {
  const { body, http, records } = readUnknown(text);
  refuseErrors(body, request.secrets);
  const { expression, columns, nulls } = identify(reshapeWide(findRecords(body, records), body), body, name);
  const cursor = cursorOf(request, columns);
  const pagination = pagingOf(body);
  const query = cursor?.query ?? request.query;
  return {
    columns,
    source: {
      http: {
        request: { url: request.url, ...(query.length === 0 ? {} : { query }) },
        ...(request.auth === undefined ? {} : { auth: request.auth }),
        ...(pagination === undefined ? {} : { pagination }),
        ...http,
        ...(expression === undefined ? {} : { records: expression }),
        ...(nulls.length === 0 ? {} : { nulls }),
        ...(cursor === undefined ? {} : { cursor: cursor.cursor }),
      },
    },
  };
}

interface Previewed {
  problems: readonly string[];
  spec: StreamSourceSpec | undefined;
  preview: Preview | undefined;
}

function previewOf(yaml: string, text: string): Previewed {
  const parsed = parseStreamSource(parse(yaml));
  if (!parsed.ok)
    return {
      problems: parsed.problems.map(({ field, message }) => `${field}: ${message}`),
      spec: undefined,
      preview: undefined,
    };
  const { spec } = parsed.value;
  const preview = previewBody(spec, text, new SecretFolder('/nonexistent', new SecretRegistry()));
  return {
    problems: preview.problems.map(({ field, message, remedy }) => `${field}: ${message}; ${remedy}`),
    spec,
    preview,
  };
}

const HOUR_MS = 3_600_000;

/** As often as the answer gets new records, as far as their times tell. */
function pace(preview: Preview | undefined): string {
  const times = [...new Set(preview?.records.map(({ eventTime }) => Date.parse(eventTime)) ?? [])]
    .filter((time) => !Number.isNaN(time))
    .sort((a, b) => a - b);
  const gaps = times.slice(1).map((time, at) => time - (times[at] ?? time));
  const usual = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
  if (usual === undefined) return '1h';
  return usual >= 20 * HOUR_MS ? '1d' : usual >= HOUR_MS / 2 ? '1h' : '15m';
}

function secretComments({ auth, leftOut }: ProposedRequest, preset: boolean, secret: string): string[] {
  const keys = auth !== undefined && 'basic' in auth ? 'username and password' : 'apiKey';
  return [
    ...(auth === undefined && !preset
      ? []
      : [`What the URL held of secrets belongs into the Secret ${secret}, under ${keys}.`]),
    ...(leftOut.length === 0
      ? []
      : [`TODO left out as secrets, for which auth has one place only: ${leftOut.join(', ')}.`]),
  ];
}

function comments({ problems, spec, preview }: Previewed, secrets: readonly string[]): string[] {
  if (preview === undefined || spec === undefined)
    return [
      'Proposed by tributary init; to be mended first:',
      ...problems.map((problem) => `  ${problem}`),
      ...secrets,
    ];
  const limits = spec.source.alphaVantage?.limits ?? httpOf(spec.source)?.limits ?? [];
  return [
    `Proposed by tributary init: ${preview.records.length} of ${preview.selected} records of the answer are read.`,
    'Look at role, type and key of each column, and at the schedule.',
    ...secrets,
    ...(limits.length === 0 ? ['The limits of the provider belong into limits, or into an APIQuota.'] : []),
    ...problems.map((problem) => `TODO ${problem}`),
  ];
}
