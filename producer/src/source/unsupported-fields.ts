import { alphaVantagePreset, type HttpSource, type Source } from '@tributary/api';
import { VARIABLES, variablesOf } from './request-template.ts';

/** Fields whose absence of effect would change which records come: going on without them would be a lie. */
export function unsupportedFields({ alphaVantage, http }: Source): string[] {
  if (alphaVantage !== undefined)
    return alphaVantagePreset(alphaVantage) === undefined ? ['spec.source.alphaVantage.function'] : [];
  return http === undefined ? [] : unsupportedOf(http);
}

function unsupportedOf({ request }: HttpSource): string[] {
  const unknown = variablesOf(JSON.stringify(request)).some((name) => !VARIABLES.includes(name));
  return unknown ? ['spec.source.http.request'] : [];
}
