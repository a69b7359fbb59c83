import type { FunctionShape } from '../presets/alpha-vantage/function-shape.ts';
import { ALPHA_VANTAGE_FUNCTIONS } from '../presets/alpha-vantage/functions.ts';
import { ALWAYS_ALLOWED, wrongValue } from '../presets/alpha-vantage/parameters.ts';
import type { AlphaVantageSource } from '../spec/source.ts';
import { nearestWord } from './nearest-word.ts';
import type { Problem } from './problem.ts';

const AT = 'spec.source.alphaVantage.parameters';

/** Parameters that the preset sets itself, and why nobody else may. */
const RESERVED: Record<string, Pick<Problem, 'code' | 'message' | 'remedy'>> = {
  apikey: {
    code: 'SecretInSpec',
    message: 'the API key would be readable by everybody who can read the StreamSource',
    remedy: 'keep it in a Secret and name that in apiKeyFrom',
  },
  function: {
    code: 'RuleBroken',
    message: 'the function has a field of its own',
    remedy: 'set spec.source.alphaVantage.function',
  },
};

/** What is wrong with the parameters of a function: reserved, missing, unknown, or with a value that it does not take. */
export function alphaVantageParameterProblems(source: AlphaVantageSource): Problem[] {
  const shape = ALPHA_VANTAGE_FUNCTIONS.get(source.function);
  const named = source.parameters.flatMap(({ name, value }, index): Problem[] => {
    const reserved = RESERVED[name.toLowerCase()];
    if (reserved !== undefined) return [{ field: `${AT}[${index}]`, ...reserved }];
    return shape === undefined ? [] : problemOf(source.function, shape, name, value, `${AT}[${index}]`);
  });
  const missing = (shape?.parameters.required ?? [])
    .filter((parameter) => !source.parameters.some(({ name }) => name === parameter))
    .map((parameter): Problem => ({
      field: AT,
      code: 'MissingField',
      message: `${source.function} needs the parameter ${parameter}`,
      remedy: `add {name: ${parameter}, value: …}`,
    }));
  return [...named, ...missing];
}

function problemOf(
  functionName: string,
  { parameters, formats = ['json', 'csv'] }: FunctionShape,
  name: string,
  value: string,
  field: string,
): Problem[] {
  const known = [...parameters.required, ...parameters.optional, ...ALWAYS_ALLOWED];
  if (!known.includes(name)) {
    const near = nearestWord(name, known);
    return [
      {
        field: `${field}.name`,
        code: 'NotAllowed',
        message: `${functionName} has no parameter ${name}`,
        remedy: near === undefined ? `use ${known.join(', ')}` : `did you mean ${near}?`,
      },
    ];
  }
  if (name === 'datatype' && !(formats as readonly string[]).includes(value)) {
    const [only] = formats;
    const message = `${functionName} answers in ${formats.join(' or ')} only`;
    return [
      {
        field: `${field}.value`,
        code: 'NotAllowed',
        message,
        remedy: `write ${only}, or remove the parameter`,
      },
    ];
  }
  const wrong = wrongValue(parameters, name, value);
  return wrong === undefined
    ? []
    : [
        {
          field: `${field}.value`,
          code: 'NotAllowed',
          message: `${JSON.stringify(value)} is no ${name} of ${functionName}`,
          remedy: `it ${wrong}`,
        },
      ];
}
