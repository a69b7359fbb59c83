// Pure parts for the command line's preview: what a body becomes, without Kafka.
export { readPage, type PageRecords } from './dedupe/changes.ts';
export { BodySyntaxError, type ExactJson } from './extract/exact-json.ts';
export { parseExactJson } from './extract/parse-exact-json.ts';
export { BadRecordError, RecordShape, type FeedRecord } from './extract/record.ts';
export { UpstreamError, type UpstreamReason } from './fetch/upstream-error.ts';
export { compileSource, type FeedSource } from './source/feed-source.ts';
export type { PageAnswer, PageAsked } from './source/feed-source.ts';
export { HttpFetcher, type HttpAnswer, type HttpRequest } from './fetch/http-fetcher.ts';
