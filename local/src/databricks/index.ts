export type { Report } from './report-pages.ts';
export { startDatabricks, type DatabricksStandIn, type DatabricksStandInOptions } from './start.ts';
