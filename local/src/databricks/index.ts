export type { FederationPolicy } from './federation.ts';
export type { Report } from './report-pages.ts';
export { startDatabricks, type DatabricksStandIn, type DatabricksStandInOptions } from './start.ts';
