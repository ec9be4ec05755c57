import { describe, expect, it } from 'vitest';
import { explainFlags, formatFlags } from './span-flags.ts';

describe('explainFlags', () => {
  it('says if the span was sampled and where its parent is', () => {
    expect(explainFlags(0x301, true)).toEqual(['sampled', 'parent in another process']);
    expect(explainFlags(0x101, true)).toEqual(['sampled', 'parent in the same process']);
    expect(explainFlags(0x103, false)).toEqual(['sampled', 'random trace ID']);
  });

  it('does not call a span unsampled because an old exporter set no flags', () => {
    expect(explainFlags(0, true)).toHaveLength(1);
    expect(explainFlags(0, true)[0]).toMatch(/not set/);
  });
});

it('writes all 32 bits', () => {
  expect(formatFlags(0x301)).toBe('0x00000301');
  expect(formatFlags(-1)).toBe('0xffffffff');
});
