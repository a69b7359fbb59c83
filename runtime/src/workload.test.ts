import { beforeEach, describe, expect, it } from '@jest/globals';
import { Workload } from './workload.ts';

const PAGE = 200_000;

describe('work is worth compiling for', () => {
  let at = 0;
  let large = 0;
  let work: Workload;
  beforeEach(() => {
    at = 0;
    large = 0;
    work = new Workload({ now: () => at, large: () => (large += 1) });
  });

  function pages(count: number, everySeconds: number): void {
    for (let page = 0; page < count; page += 1) {
      work.add(PAGE);
      at += everySeconds * 1_000;
    }
  }

  it('where a page is large', () => {
    work.add(PAGE);
    expect(large).toBe(0);
    work.add(10 * PAGE);
    expect(large).toBe(1);
  });

  it('where pages are many', () => {
    pages(5, 0.1);
    expect(large).toBe(0);
    work.add(PAGE);
    expect(large).toBe(1);
  });

  it('where polls follow each other every few seconds', () => {
    pages(6, 5);
    expect(large).toBe(1);
  });

  it('and not where as much comes with a longer pause than ten seconds, but with one of ten', () => {
    pages(6, 10.001);
    expect(large).toBe(0);
    pages(6, 10);
    expect(large).toBe(1);
  });

  it('and not where a small page comes once a minute, for however long', () => {
    pages(1_000, 60);
    expect(large).toBe(0);
  });
});
