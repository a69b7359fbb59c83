import { DatabricksConflictError, DatabricksNotFoundError, type UnityCatalog } from '@tributary/databricks';

export interface VolumeName {
  catalog: string;
  schema: string;
  volume: string;
}

/** Makes sure that the volume is there; the schema and the volume are made where they are missing, the catalog never. */
export async function ensureVolume(
  unityCatalog: UnityCatalog,
  { catalog, schema, volume }: VolumeName,
  signal: AbortSignal,
): Promise<void> {
  if (await exists(unityCatalog.getVolume(catalog, schema, volume, { signal }))) return;
  if (!(await exists(unityCatalog.getSchema(catalog, schema, { signal }))))
    await madeByAny(unityCatalog.createSchema(catalog, schema, { signal }));
  await madeByAny(unityCatalog.createVolume(catalog, schema, volume, { signal }));
}

async function exists(lookup: Promise<unknown>): Promise<boolean> {
  try {
    await lookup;
    return true;
  } catch (error) {
    if (error instanceof DatabricksNotFoundError) return false;
    throw error;
  }
}

/** Another feed may be making the same one right now. */
async function madeByAny(creation: Promise<unknown>): Promise<void> {
  try {
    await creation;
  } catch (error) {
    if (!(error instanceof DatabricksConflictError)) throw error;
  }
}
