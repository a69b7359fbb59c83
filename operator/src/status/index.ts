export { reportDeployment, reportHalted, type Availability } from './deployment-conditions.ts';
export { settle, type Outcome } from './outcome.ts';
export { podTrouble } from './pod-trouble.ts';
export { reportPods, type Observation } from './pod-conditions.ts';
export { StatusDraft } from './status-draft.ts';
export { StatusWriter } from './status-writer.ts';
export { StreamSources, type StreamSource } from './stream-source.ts';
