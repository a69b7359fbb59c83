/** Audits the files that `landMany` left in a folder (first argument, how many records: second); prints the report and its own peak. */
import { audit } from '../audit/audit.ts';
import { FolderVolume } from '../volume/folder-volume.ts';
import { MANY_FEED, topicOfMany } from './many-records.ts';

const [folder = '', records] = process.argv.slice(2);
const report = await audit({
  feed: MANY_FEED,
  topic: topicOfMany(Number(records)),
  volume: new FolderVolume(folder),
  complete: true,
});
const { ok, partitions, findings } = report;
process.stdout.write(JSON.stringify({ ok, partitions, findings, peakRssKb: process.resourceUsage().maxRSS }));
