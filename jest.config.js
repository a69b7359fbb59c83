/** One project per workspace so that a suite can be run and reported alone. */
const project = (name, extra = {}) => ({
  displayName: name,
  rootDir: `./${name}`,
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '^.+\\.ts$': ['@swc/jest', { jsc: { parser: { syntax: 'typescript' }, target: 'es2024' } }] },
  testMatch: [process.env.TRIBUTARY_NIGHTLY === '1' ? '<rootDir>/**/*.nightly.ts' : '<rootDir>/**/*.test.ts'],
  ...extra,
});

export default {
  testTimeout: 60_000,
  projects: [
    'api',
    'strimzi-crds',
    'databricks',
    'kafka',
    'runtime',
    'operator',
    'producer',
    'consumer',
    'cli',
    'local',
    'charts',
    'bench',
  ].map((name) => project(name)),
};
