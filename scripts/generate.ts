/**
 * `npm run generate`: writes every generated file of the repository. With `--check` nothing is written; stale,
 * missing and left-over files are named and the exit code is 1.
 */
import { crds } from './generators/crds.ts';
import { strimziTypes } from './generators/strimzi-types.ts';
import { applyGenerated, checkGenerated, type Generator } from './generators/generator.ts';

/** Add a generator here. */
const GENERATORS: Generator[] = [crds, strimziTypes];

const check = process.argv.includes('--check');
for (const generator of GENERATORS) {
  const generated = await generator.generate({ check });
  if ('skipped' in generated) {
    console.log(`skipped    ${generator.name}: ${generated.skipped}`);
  } else if (check) {
    const stale = await checkGenerated(generated);
    for (const problem of stale) console.error(`stale      ${problem}`);
    if (stale.length > 0) {
      console.error(`           run "npm run generate" and commit what it writes`);
      process.exitCode = 1;
    } else console.log(`fresh      ${generator.name}: ${generated.files.size} files`);
  } else {
    const written = await applyGenerated(generated);
    console.log(`generated  ${generator.name}: ${generated.files.size} files, ${written} changed`);
  }
}
