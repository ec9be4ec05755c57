/** pg hands bigint over as text; cents stay below 2^53 by validation at intake and by the check of the reconciliation. */
export const centsColumn = {
  to: (cents: number | null) => cents,
  from: (text: string | null) => (text === null ? null : Number(text)),
};
