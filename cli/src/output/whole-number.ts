import { InvalidArgumentError } from 'commander';

/** Parser of an option that counts: what is no whole number of at least `least` is refused, not taken for another. */
export function wholeNumber(least: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
    if (number >= least) return number;
    throw new InvalidArgumentError(`It is a whole number of at least ${least}.`);
  };
}
