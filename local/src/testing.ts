// What the tests of other workspaces start: `import { startTestApiServer } from '@tributary/local/testing'`.
export { startTestApiServer } from './control-plane/test-api-server.ts';
export type { TestApiServer } from './control-plane/test-api-server.ts';
export { freePort } from './processes/free-port.ts';
export { usageOf } from './processes/process-usage.ts';
export type { ProcessUsage } from './processes/process-usage.ts';
export { waitUntil } from './processes/wait-until.ts';
export { startTestBroker } from './broker/test-broker.ts';
export type { TestBroker } from './broker/test-broker.ts';
export { ensureToolchain } from './toolchain/index.ts';
export { startMinilake } from './databricks/minilake.ts';
export type { Minilake } from './databricks/minilake.ts';
export { startDatabricks } from './databricks/index.ts';
export type { DatabricksStandIn, FederationPolicy } from './databricks/index.ts';
export { CertificateAuthority } from './certificates/certificate-authority.ts';
