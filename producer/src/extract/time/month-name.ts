/**
 * Beginnings of the names of months, by month: English, German, French, Spanish, Italian, Portuguese, Dutch and the
 * Scandinavian languages. None of them begins the name of another month in any of these.
 */
const BEGINNINGS: readonly (readonly string[])[] = [
  ['jan', 'jän', 'ene', 'gen'],
  ['feb', 'fév', 'fev'],
  ['mar', 'mär', 'mrz', 'maa', 'mrt'],
  ['apr', 'avr', 'abr'],
  ['may', 'mai', 'mag', 'mei', 'maj'],
  ['jun', 'juin', 'giu'],
  ['jul', 'juil', 'lug'],
  ['aug', 'aoû', 'aou', 'ago'],
  ['sep', 'set'],
  ['oct', 'okt', 'ott', 'out'],
  ['nov'],
  ['dec', 'dez', 'déc', 'dic', 'des'],
];

/** 1 to 12; undefined for what names no month. */
export function monthNamed(name: string): number | undefined {
  const lower = name.toLowerCase().normalize('NFC');
  const index = BEGINNINGS.findIndex((beginnings) =>
    beginnings.some((beginning) => lower.startsWith(beginning)),
  );
  return index < 0 ? undefined : index + 1;
}
