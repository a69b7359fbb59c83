/** Source text access of JSON (ECMAScript 2026), in Node since 22; TypeScript's own library has it later. */
interface JSON {
  rawJSON(text: string): { readonly rawJSON: string };
  isRawJSON(value: unknown): value is { readonly rawJSON: string };
}
