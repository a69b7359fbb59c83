export { audit, type AuditOptions } from './audit/audit.ts';
export { kafkaTopicView } from './audit/kafka-topic-view.ts';
export type { AuditReport, Finding, FindingCode, PartitionReport } from './audit/report.ts';
export { auditSummary } from './audit/summary.ts';
export type { PartitionBounds, TopicView } from './audit/topic-view.ts';
export { FOLDER_VOLUME, openDatabricksVolume, openFolderVolume, type OpenVolume } from './pod/open-volume.ts';
export { FolderVolume } from './volume/folder-volume.ts';
export { DatabricksVolume } from './volume/databricks-volume.ts';
export type { Volume, VolumeEntry } from './volume/volume.ts';
