import type { Attribute } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { absenceText, UNRESOLVED } from './unresolved.ts';

const outcome = (value: string): Attribute[] => [{ key: 'spanlinks.attempt.outcome', type: 'string', value }];

describe('the reason for a missing link target', () => {
  it('distinguishes a killed attempt from a span that may still come', () => {
    expect(absenceText('not_received', outcome('unfinished')).short).toBe('never reported');
    expect(absenceText('not_received', outcome('failed'))).toBe(UNRESOLVED.not_received);
    expect(absenceText('not_received', [])).toBe(UNRESOLVED.not_received);
  });

  it('stays the same if the explorer knows more than the link', () => {
    for (const reason of ['evicted', 'not_sampled', 'invalid'] as const) {
      expect(absenceText(reason, outcome('unfinished'))).toBe(UNRESOLVED[reason]);
    }
  });
});
