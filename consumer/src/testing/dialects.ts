import fc from 'fast-check';
import { csvDialect, CSV_DEFAULT, type CsvDialect } from '@tributary/api';

/** Every dialect that a feed may ask for. */
export const dialects: fc.Arbitrary<CsvDialect> = fc
  .record({
    delimiter: fc.constantFrom('comma' as const, 'semicolon' as const, 'tab' as const, 'pipe' as const),
    quote: fc.constantFrom('double' as const, 'single' as const),
    lineEnding: fc.constantFrom('lf' as const, 'crlf' as const),
    nullText: fc.constantFrom('', 'NULL', '\\N', 'upsert'),
    header: fc.boolean(),
    byteOrderMark: fc.boolean(),
    escapeFormulas: fc.boolean(),
  })
  .map((asked) =>
    csvDialect({ ...CSV_DEFAULT, ...asked, byteOrderMark: asked.header && asked.byteOrderMark }),
  );
