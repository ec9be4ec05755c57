/** The sums over the items of an order. */
export interface OrderSum {
  /** In hundredths of the order's currency. */
  readonly totalCents: number;
  /** The quantities of all items together. */
  readonly pieces: number;
}

/**
 * Sums up the items of a stored order. Other programs write rows too, so nothing in the row is trusted.
 *
 * @returns the sums, or a sentence that says what is wrong with the items.
 */
export function sumItems(items: unknown): OrderSum | string {
  if (!Array.isArray(items)) return 'the items are not a list';
  if (items.length === 0) return 'there are no items';
  let totalCents = 0;
  let pieces = 0;
  for (const [index, item] of items.entries()) {
    if (typeof item !== 'object' || item === null) return `item ${index + 1} is not an object`;
    const { quantity, unitPriceCents } = item as Record<string, unknown>;
    if (!isCount(quantity) || quantity === 0)
      return `item ${index + 1}: the quantity is not a whole number above 0`;
    if (!isCount(unitPriceCents)) return `item ${index + 1}: the unit price is not a whole number of cents`;
    totalCents += quantity * unitPriceCents;
    pieces += quantity;
    // Larger sums are no longer exact.
    if (!Number.isSafeInteger(totalCents) || !Number.isSafeInteger(pieces))
      return 'the sum of the items is too large';
  }
  return { totalCents, pieces };
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
