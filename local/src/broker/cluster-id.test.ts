import { describe, expect, it } from '@jest/globals';
import { newClusterId } from './index.ts';

describe('a new cluster id', () => {
  it('never begins with a hyphen, which Kafka tools take for an option', () => {
    const drawn = [Buffer.alloc(16, 0xf8), Buffer.alloc(16, 0x01)];
    expect(drawn[0]?.toString('base64url')).toMatch(/^-/);
    expect(newClusterId(() => drawn.shift() ?? Buffer.alloc(16, 0x02))).toBe(
      Buffer.alloc(16, 0x01).toString('base64url'),
    );
  });
});
