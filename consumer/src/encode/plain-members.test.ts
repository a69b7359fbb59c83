import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { DEFAULT_DIALECT } from '@tributary/api';
import { PlainMembers } from './plain-members.ts';

/** Whatever JSON does not write as `\u…`: that is all that an API is likely to say. */
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc
    .array(fc.constantFrom('"', '\\', '\n', '\r\n', '\t', ',', '/', 'é', '𝒳', '=1'))
    .map((parts) => parts.join('')),
);
const cell = fc.option(text, { nil: null });

it('what our producer publishes is written without csv-stringify', () => {
  fc.assert(
    fc.property(cell, cell, cell, cell, (id, price, more, other) => {
      const value = Buffer.from(JSON.stringify({ id, price, 'more "of" it': more, other }));
      const out = Buffer.alloc(10_000);
      const members = new PlainMembers(['id', 'price'], DEFAULT_DIALECT);
      expect(members.write(value, 0, value.length, out, 0)).toBe(-1);
      members.expect(['more "of" it', 'other']);
      expect(members.write(value, 0, value.length, out, 0)).toBeGreaterThan(0);
      const declared = Buffer.from(JSON.stringify({ id, price }));
      expect(members.write(declared, 0, declared.length, out, 0)).toBeGreaterThan(0);
      const all = new PlainMembers(['id', 'price', 'more "of" it', 'other'], DEFAULT_DIALECT);
      expect(all.write(value, 0, value.length, out, 0)).toBeGreaterThan(0);
    }),
  );
});
