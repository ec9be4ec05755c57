/** An order as it is sent: valid, with a wrong total, or not an order at all. */
export interface MadeOrder {
  readonly kind: 'plain' | 'wrong-total' | 'invalid';
  readonly body: Record<string, unknown>;
}

const CATALOGUE = [
  { sku: 'ESPRESSO-1KG', unitPriceCents: 1_890 },
  { sku: 'FILTER-PAPER-100', unitPriceCents: 450 },
  { sku: 'GRINDER-STEEL', unitPriceCents: 12_900 },
  { sku: 'KETTLE-GOOSENECK', unitPriceCents: 6_450 },
  { sku: 'MUG-STONEWARE', unitPriceCents: 1_200 },
  { sku: 'SCALE-0.1G', unitPriceCents: 3_990 },
];
const CURRENCIES = ['EUR', 'EUR', 'EUR', 'USD', 'GBP'];
// One in 25 orders states a wrong total and ends as a discrepancy; one in 40 is no order at all.
const WRONG_TOTAL_SHARE = 1 / 25;
const INVALID_SHARE = 1 / 40;
const CUSTOMERS = 200;

/**
 * Makes an order as a shop's customers would.
 *
 * @param random numbers from 0 up to 1, as of `Math.random`.
 */
export function makeOrder(random: () => number): MadeOrder {
  const items = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
    ...pick(CATALOGUE, random),
    quantity: 1 + Math.floor(random() ** 2 * 6),
  }));
  const totalCents = items.reduce((sum, item) => sum + item.quantity * item.unitPriceCents, 0);
  const body = {
    customerId: `customer-${1 + Math.floor(random() * CUSTOMERS)}`,
    currency: pick(CURRENCIES, random),
    items,
    totalCents,
  };
  const lot = random();
  if (lot < INVALID_SHARE)
    return { kind: 'invalid', body: { ...body, currency: 'euros', items: [{ sku: '', quantity: 0 }] } };
  if (lot < INVALID_SHARE + WRONG_TOTAL_SHARE) {
    return { kind: 'wrong-total', body: { ...body, totalCents: totalCents + 100 } };
  }
  return { kind: 'plain', body };
}

function pick<T>(choices: readonly T[], random: () => number): T {
  return choices[Math.floor(random() * choices.length)] as T;
}
