/** `npm run lint`: package boundaries and likely mistakes (oxlint), types (tsc), formatting (prettier). */
import { runStep, runSteps } from './run-step.ts';

const fix = process.argv.includes('--fix');

await runSteps([
  () => runStep('oxlint', 'oxlint', fix ? ['--fix'] : []),
  () => runStep('tsc', 'tsc', ['-p', '.']),
  () =>
    runStep('prettier', 'prettier', [
      fix ? '--write' : '--check',
      '--log-level',
      'warn',
      '**/*.{ts,mjs,js,json}',
    ]),
]);
