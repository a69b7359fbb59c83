import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createDatabricks, type Databricks } from '@tributary/databricks';
import { startDatabricks, type DatabricksStandIn } from '@tributary/local/testing';
import { DatabricksVolume } from '../volume/databricks-volume.ts';

export const VOLUME = { catalog: 'main', schema: 'landing', volume: 'feeds' };

/** A stand-in for a workspace, with a connection folder as a Secret is mounted. */
export class WorkspaceUnderTest {
  readonly standIn: DatabricksStandIn;
  readonly client: Databricks;
  readonly volume: DatabricksVolume;
  /** Holds `host`, `clientId` and `clientSecret`. */
  readonly connectionDir: string;
  readonly #folder: string;

  private constructor(standIn: DatabricksStandIn, folder: string) {
    this.standIn = standIn;
    this.#folder = folder;
    this.connectionDir = join(folder, 'connection');
    this.client = createDatabricks({
      host: standIn.url,
      auth: { kind: 'pat', token: standIn.token },
      userAgent: 'test',
      allowInsecureLoopback: true,
    });
    this.volume = new DatabricksVolume(this.client.files, VOLUME);
  }

  static async start(): Promise<WorkspaceUnderTest> {
    const folder = await mkdtemp(join(tmpdir(), 'tributary-workspace-'));
    const signal = new AbortController().signal;
    // No notebook is run here.
    const standIn = await startDatabricks({ workDir: join(folder, 'workspace'), python: 'python3', signal });
    const workspace = new WorkspaceUnderTest(standIn, folder);
    await mkdir(workspace.connectionDir);
    await Promise.all(
      Object.entries({
        host: standIn.url,
        clientId: standIn.clientId,
        clientSecret: standIn.clientSecret,
      }).map(([name, value]) => writeFile(join(workspace.connectionDir, name), value)),
    );
    return workspace;
  }

  async createVolume(): Promise<void> {
    await this.client.unityCatalog.createSchema(VOLUME.catalog, VOLUME.schema);
    await this.client.unityCatalog.createVolume(VOLUME.catalog, VOLUME.schema, VOLUME.volume);
  }

  async stop(): Promise<void> {
    this.client.close();
    await this.standIn.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}
