/** `npm run verify`: generated files are fresh, nothing forbidden is committed, every reason is explained, and lint is clean. */
import { checkCommittedText } from './committed-text.ts';
import { checkDocumentedReasons } from './documented-reasons.ts';
import { runStep, runSteps } from './run-step.ts';

await runSteps([
  () => runStep('generated files are fresh', process.execPath, ['scripts/generate.ts', '--check']),
  () => checkCommittedText(),
  () => checkDocumentedReasons(),
  () => runStep('lint', process.execPath, ['scripts/lint.ts']),
]);
