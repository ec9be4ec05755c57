import type { Attribute, UnresolvedReason } from '@span-links/explorer-api';

/** A reason in one or two words, and in a sentence. */
export interface AbsenceText {
  readonly short: string;
  readonly sentence: string;
}

export const UNRESOLVED: Readonly<Record<UnresolvedReason, AbsenceText>> = {
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

const NEVER_REPORTED: AbsenceText = {
  short: 'never reported',
  sentence:
    'This attempt started, and neither failed nor finished: its process was killed, or it still runs. The span of a killed process comes only from a crash journal.',
};

/** Why the target of a link is missing, with the information of the link itself. */
export function absenceText(reason: UnresolvedReason, attributes: readonly Attribute[]): AbsenceText {
  const isUnfinished = attributes.some(
    (attribute) =>
      attribute.key === 'spanlinks.attempt.outcome' &&
      attribute.type === 'string' &&
      attribute.value === 'unfinished',
  );
  return reason === 'not_received' && isUnfinished ? NEVER_REPORTED : UNRESOLVED[reason];
}
