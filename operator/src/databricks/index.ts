export { Analyses, type AnalysisOutcome, type AnalysisRequest } from './analyses.ts';
export { cleanUp, type CleanupRequest } from './cleanup.ts';
export { ConnectionError, Connections } from './connection.ts';
export { subjectTokens } from './subject-tokens.ts';
export type { AnalysisFeed } from './job-settings.ts';
export { loadNotebooks, type NotebookSet } from './notebooks.ts';
export { CronError, cronToQuartz } from './quartz.ts';
