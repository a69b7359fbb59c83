/** `npm run verify`: generated files are fresh, nothing forbidden is committed, and lint is clean. */
import { checkCommittedText } from './committed-text.ts';
import { runStep, runSteps } from './run-step.ts';

await runSteps([
  () => runStep('generated files are fresh', process.execPath, ['scripts/generate.ts', '--check']),
  () => checkCommittedText(),
  () => runStep('lint', process.execPath, ['scripts/lint.ts']),
]);
