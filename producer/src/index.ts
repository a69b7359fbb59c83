// Pure parts for the command line's preview: what a body becomes, without Kafka.
export { readPage, type PageRecords } from './read/read-page.ts';
export { bodyText } from './extract/body/body-text.ts';
export { unpacked } from './extract/body/unpacked.ts';
export { compileBodyReader } from './extract/body/parse-body.ts';
export { delimitedRows } from './extract/body/delimited-rows.ts';
export { parseDelimited } from './extract/body/delimited.ts';
export { parseXml } from './extract/body/xml.ts';
export {
  BodySyntaxError,
  cellText,
  isExactNumber,
  isObject,
  type ExactJson,
  type ExactObject,
} from './extract/exact-json.ts';
export { membersOf } from './extract/member-order.ts';
export { compileSelector } from './extract/selector.ts';
export { parseExactJson } from './extract/parse-exact-json.ts';
export { BadRecordError, RecordShape, type FeedRecord } from './extract/record.ts';
export { UpstreamError } from './fetch/upstream-error.ts';
export { compileSource, type FeedSource } from './source/feed-source.ts';
export type { PageAnswer, PageAsked } from './source/feed-source.ts';
export { readAnswer, type RawAnswer, type ReadAnswerOptions } from './fetch/read-answer.ts';
export { HttpFetcher, type HttpAnswer, type HttpRequest } from './fetch/http-fetcher.ts';
export { declarationProblems } from './preview/declaration-problems.ts';
export { looksLike, type LooksLike } from './preview/infer-type.ts';
export {
  previewBody,
  previewPages,
  type ColumnSeen,
  type PageRead,
  type Preview,
} from './preview/preview.ts';
export { numberWriting } from './preview/number-remedy.ts';
