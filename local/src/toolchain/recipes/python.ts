import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Recipe } from '../recipe.ts';
import { installFromPyPI, relocateVenv } from './python-venv.ts';

const constraints = join(import.meta.dirname, '..', 'constraints.txt');
const minilakeConstraints = join(import.meta.dirname, '..', 'minilake-constraints.txt');

function venv(
  version: string,
  constraintsFile: string,
  packages: readonly string[],
  estimateSeconds: number,
  why: string,
): Recipe {
  return {
    version,
    inputs: [readFileSync(constraintsFile, 'utf8'), packages.join(' ')],
    estimateSeconds,
    async build(context) {
      await installFromPyPI(context.folder, packages, { ...context, constraints: constraintsFile, why });
      await relocateVenv(context.folder, context.finalFolder);
    },
  };
}

/** What the notebooks run on, and what tests them. */
export const python: Recipe = venv(
  'spark-4.0.1',
  constraints,
  [
    'pyspark',
    'pandas',
    'pyarrow',
    'numpy',
    'scipy',
    'scikit-learn',
    'matplotlib',
    'pytest',
    'databricks-sdk',
  ],
  75,
  'Python is needed to run the notebooks with PySpark',
);

/** A Databricks stand-in that others wrote, for contract tests only; apart, as its needs are its own. */
export const minilake: Recipe = venv(
  '1.9.0',
  minilakeConstraints,
  ['minilake'],
  20,
  'Python is needed to run minilake, which the Databricks client is tested against',
);
