/**
 * How the span that bears a link is related to the link's target. OpenTelemetry has no convention for it, so the
 * attribute lives in a namespace of this project's own.
 *
 * - `origin`: the target caused the item that this span works on.
 * - `initiator`: the target started this span's operation (fan-out).
 * - `previous_attempt`: the target is the attempt before this one.
 * - `part_of`: this span carries a share of the target's work.
 * - `compensates`: this span undoes what the target did.
 * - `ambient`: the target was active when this span was started as the child of another one.
 */
export type LinkRelation =
  'origin' | 'initiator' | 'previous_attempt' | 'part_of' | 'compensates' | 'ambient';

/** Link attribute: a {@link LinkRelation}. */
export const ATTR_LINK_RELATION = 'spanlinks.relation';

/** Link attribute: how many sources share this target, where it is more than one. */
export const ATTR_LINK_SOURCE_COUNT = 'spanlinks.source_count';

/** Span attribute: why the span has no link to what caused it, where there should be one. */
export const ATTR_LINK_MISSING_REASON = 'spanlinks.missing_reason';
