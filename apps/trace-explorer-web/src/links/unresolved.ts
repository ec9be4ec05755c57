import type { UnresolvedReason } from '@span-links/explorer-api';

/** A reason in a word or two, and in a sentence. */
export const UNRESOLVED: Readonly<
  Record<UnresolvedReason, { readonly short: string; readonly sentence: string }>
> = {
  not_received: {
    short: 'not received yet',
    sentence: 'No such span has come in. It appears here by itself when it does.',
  },
  evicted: {
    short: 'no longer kept',
    sentence: 'It was here until the retention of this explorer took it.',
  },
  not_sampled: {
    short: 'not sampled',
    sentence: 'The link says that its target was not sampled, so the target was never sent.',
  },
  invalid: {
    short: 'invalid ID',
    sentence: 'The link names no span: an ID is all zeros or of the wrong length.',
  },
};
