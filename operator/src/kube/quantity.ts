/** Quantities of the Kubernetes API (`500m`, `64Mi`, `1e3`), compared exactly. */

/** A billionth: the smallest part that a quantity can have. */
const SCALE = 9;
const DECIMAL: Record<string, number> = { n: -9, u: -6, m: -3, '': 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const BINARY: Record<string, bigint> = { Ki: 10n, Mi: 20n, Gi: 30n, Ti: 40n, Pi: 50n, Ei: 60n };
const PATTERN = /^([+-]?)(\d{0,40})(?:\.(\d{0,40}))?(?:([eE])([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/;

/** In billionths, rounded up as the API server does; undefined when it is no quantity. */
export function parseQuantity(value: string | number): bigint | undefined {
  const match = PATTERN.exec(String(value));
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', , exponent, suffix = ''] = match;
  if (whole === '' && fraction === '') return undefined;
  const binary = BINARY[suffix];
  const power =
    (exponent === undefined ? (DECIMAL[suffix] ?? 0) : Number(exponent)) + SCALE - fraction.length;
  const digits = BigInt(whole + fraction) << (binary ?? 0n);
  const scaled = power >= 0 ? digits * 10n ** BigInt(power) : ceilDivide(digits, 10n ** BigInt(-power));
  return sign === '-' ? -scaled : scaled;
}

export function sameQuantity(a: string | number, b: string | number): boolean {
  const left = parseQuantity(a);
  return left !== undefined && left === parseQuantity(b);
}

function ceilDivide(value: bigint, by: bigint): bigint {
  return (value + by - 1n) / by;
}
