import type { Problem } from './problem.ts';

/** Names of the IANA database that look like abbreviations. */
const SHORT_NAMES = new Set('UTC GMT UCT EST MST HST CET EET WET MET PRC ROC ROK'.split(' '));

/** Where an abbreviation is in use: Intl takes one of them, and not always the one that is meant. */
const PLACES: Readonly<Record<string, string>> = {
  ACT: 'Australia/Darwin or America/Rio_Branco',
  ART: 'America/Argentina/Buenos_Aires or Africa/Cairo',
  AST: 'America/Halifax or Asia/Riyadh',
  BST: 'Europe/London or Asia/Dhaka',
  CST: 'America/Chicago or Asia/Shanghai',
  ECT: 'America/Guayaquil or Europe/Paris',
  IST: 'Asia/Kolkata, Europe/Dublin or Asia/Jerusalem',
  JST: 'Asia/Tokyo',
  NST: 'America/St_Johns or Pacific/Auckland',
  PST: 'America/Los_Angeles or Asia/Manila',
  SST: 'Pacific/Pago_Pago or Pacific/Guadalcanal',
};

/** Intl takes a third of a millisecond for each; how a name is written varies, so that there is a bound. */
const known = new Set<string>();
const MOST_KNOWN = 1_000;

export function isTimeZone(name: string): boolean {
  if (known.has(name)) return true;
  // Intl takes offsets such as +05 too, which know no summer time and are no IANA names.
  if (/^[+-]/.test(name) || isAbbreviation(name)) return false;
  try {
    new Intl.DateTimeFormat('en', { timeZone: name });
    if (known.size < MOST_KNOWN) known.add(name);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

export function unknownTimeZone(field: string, zone: string): Problem {
  const places = PLACES[zone.toUpperCase()];
  return {
    field,
    code: 'UnknownTimeZone',
    message: !isAbbreviation(zone)
      ? `there is no time zone ${JSON.stringify(zone)}`
      : places?.includes(' or ') === true
        ? `${JSON.stringify(zone)} is an abbreviation, which may mean several places, and no time zone`
        : `${JSON.stringify(zone)} is an abbreviation and no name of a time zone`,
    remedy: `use a name of the IANA database, such as ${places ?? 'America/New_York or UTC'}`,
  };
}

/** Intl takes three letters for identifiers of old that are no IANA names: BST is Bangladesh to it, and ECT Paris. */
function isAbbreviation(name: string): boolean {
  return /^[A-Za-z]{3}$/.test(name) && !SHORT_NAMES.has(name.toUpperCase());
}
