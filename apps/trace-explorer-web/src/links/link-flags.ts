import type { ResolvedLink } from '@span-links/explorer-api';

/** The bits of a link's flags that are W3C trace flags. OTLP's own bits are above them. */
export const W3C_FLAGS = 0xff;
const SAMPLED = 0x01;
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/**
 * The flags of a link in words. W3C flags of zero mean "unsampled or unknown" (Python's exporter
 * never fills them), and a stored target was sampled for any flags of its link. Neither is called
 * unsampled.
 */
export function linkFlagWords({ flags, other }: Pick<ResolvedLink, 'flags' | 'other'>): string {
  if (flags === 0) return 'no flags sent';
  const words = [];
  if ((flags & SAMPLED) !== 0) words.push('sampled');
  else if ((flags & W3C_FLAGS) === 0) words.push('no W3C flags sent');
  else if (!other.resolved) words.push('not sampled');
  if ((flags & HAS_IS_REMOTE) !== 0)
    words.push((flags & IS_REMOTE) === 0 ? 'same process' : 'from another process');
  return words.join(', ') || 'the sampled flag is not set';
}
