/** The operations that a fan-out starts in parallel. */
export const BRANCH_KINDS = ['reserve-stock', 'authorize-payment', 'notify-customer', 'score-risk'] as const;

/** The compensation of each kind of operation, for when a sibling failed. The other kinds leave nothing to undo. */
export const COMPENSATIONS = {
  'reserve-stock': 'release-stock',
  'authorize-payment': 'void-payment',
} as const;

/** One of the operations that a fan-out starts. */
export type BranchKind = (typeof BRANCH_KINDS)[number];

/** An operation that undoes another one. */
export type CompensationKind = (typeof COMPENSATIONS)[keyof typeof COMPENSATIONS];

/** All operations of a fan-out. The span of each has this name. */
export type OperationKind = BranchKind | 'complete-fan-out' | CompensationKind;

export function isBranch(kind: OperationKind): kind is BranchKind {
  return (BRANCH_KINDS as readonly string[]).includes(kind);
}
