import { describe, expect, it } from 'vitest';
import { counted, formatBytes, retentionText } from './held-text.ts';

describe('the content of the explorer', () => {
  it('is counted in readable numbers', () => {
    expect(counted(1, 'trace')).toBe('1 trace');
    expect(counted(0, 'trace')).toBe('0 traces');
    expect(counted(12_345, 'trace')).toBe('12,345 traces');
  });

  it.each([
    [0, '0 B'],
    [812, '812 B'],
    [1_000, '1 kB'],
    [1_536, '1.5 kB'],
    [14 * 1024 ** 2, '14 MB'],
    [2 * 1024 ** 3, '2 GB'],
    [5_000 * 1024 ** 4, '5000 TB'],
  ])('%d bytes are %s', (bytes, text) => {
    expect(formatBytes(bytes)).toBe(text);
  });

  it('is kept by age and size', () => {
    const retention = { maxAgeMs: 7 * 86_400_000, maxBytes: 2 * 1024 ** 3 };
    expect(retentionText({ retention, bytes: 1_048_576 })).toBe('kept for 7 d or up to 2 GB, 1 MB used');
  });
});
