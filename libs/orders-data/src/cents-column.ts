/** pg returns bigint as text. The validation at intake and the check of the reconciliation keep cents below 2^53. */
export const centsColumn = {
  to: (cents: number | null) => cents,
  from: (text: string | null) => (text === null ? null : Number(text)),
};
