import { alphaVantagePreset, type HttpSource, type Source } from '@tributary/api';
import { unknownVariables } from './request-template.ts';

/** Fields whose absence of effect would change which records come: going on without them would be a lie. */
export function unsupportedFields({ alphaVantage, http }: Source): string[] {
  if (alphaVantage !== undefined)
    return alphaVantagePreset(alphaVantage) === undefined ? ['spec.source.alphaVantage.function'] : [];
  return http === undefined ? [] : unsupportedOf(http);
}

function unsupportedOf({ cursor, auth, request }: HttpSource): string[] {
  const fields: [string, boolean][] = [
    ['cursor.lookback', cursor?.lookback !== undefined],
    ['auth.oauth2', auth?.oauth2 !== undefined],
    ['auth.mtls', auth?.mtls !== undefined],
    ['request', unknownVariables(JSON.stringify(request)).length > 0],
  ];
  return fields.filter(([, used]) => used).map(([name]) => `spec.source.http.${name}`);
}
