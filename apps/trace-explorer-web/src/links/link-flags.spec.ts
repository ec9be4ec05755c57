import type { ResolvedLink } from '@span-links/explorer-api';
import { expect, it } from 'vitest';
import { linkFlagWords } from './link-flags.ts';

const absent: ResolvedLink['other'] = { resolved: false, reason: 'not_received' };
const stored = { resolved: true } as ResolvedLink['other'];

it.each([
  [0, absent, 'no flags sent'],
  [0x301, absent, 'sampled, from another process'],
  [0x101, stored, 'sampled, same process'],
  // As Python's exporter sends them.
  [0x300, absent, 'no W3C flags sent, from another process'],
  [0x100, stored, 'no W3C flags sent, same process'],
  [0x302, absent, 'not sampled, from another process'],
  [0x302, stored, 'from another process'],
  [0x02, stored, 'the sampled flag is not set'],
])('flags %i of a link are described without a guess', (flags, other, words) => {
  expect(linkFlagWords({ flags, other })).toBe(words);
});
