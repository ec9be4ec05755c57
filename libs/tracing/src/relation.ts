/**
 * How a span is related to the target of its link, in the link attribute `spanlinks.relation`. OpenTelemetry has no
 * convention for it, so the attribute is in a namespace of this project.
 *
 * - `origin`: the target caused the item that this span works on.
 * - `initiator`: the target started this span's operation (fan-out).
 * - `previous_attempt`: the target is an earlier attempt.
 * - `part_of`: this span carries a share of the target's work.
 * - `compensates`: this span undoes the target's work.
 * - `ambient`: the target was active when this span was started outside of it.
 */
export type LinkRelation =
  'origin' | 'initiator' | 'previous_attempt' | 'part_of' | 'compensates' | 'ambient';
