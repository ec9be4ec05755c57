/**
 * The kind of an order decides its outcome:
 * - `plain`: nothing goes wrong.
 * - `wrong-total`: it ends as a discrepancy.
 * - `invalid`: it is not a valid order.
 * - `refused-payment`, `late-payment`: the stand-in for a payment provider in orders-api refuses it, or does not answer the
 *   first time.
 * - `sold-out`: it asks for more than the stock.
 */
export type OrderKind = 'plain' | 'wrong-total' | 'invalid' | 'refused-payment' | 'late-payment' | 'sold-out';

/** The body of `POST /orders`. */
export interface MadeOrder {
  readonly kind: OrderKind;
  readonly body: Record<string, unknown>;
}

interface Item {
  readonly sku: string;
  readonly unitPriceCents: number;
  readonly quantity: number;
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
// One in 25 orders states a wrong total, one in 40 is invalid, and one in 10 fails in one of three ways when it is fanned out.
const SHARES: readonly (readonly [OrderKind, number])[] = [
  ['invalid', 1 / 40],
  ['wrong-total', 1 / 25],
  ['refused-payment', 1 / 30],
  ['late-payment', 1 / 30],
  ['sold-out', 1 / 30],
];
// All other prices end in 0, so that only these totals end in the cents that trigger the provider's stand-in.
const REFUSED_CENTS = 13;
const LATE_CENTS = 17;
// More than the stock of 100,000 pieces per SKU, in lines of at most 10,000 pieces.
const PALLETS = Array.from({ length: 11 }, () => ({
  sku: 'BEANS-PALLET',
  unitPriceCents: 90,
  quantity: 10_000,
}));
const CUSTOMERS = 200;

/**
 * Makes an order as a shop's customers would.
 *
 * @param random numbers from 0 up to 1, as of `Math.random`.
 * @param kind the kind to make; by default most are plain.
 */
export function makeOrder(random: () => number, kind: OrderKind = drawKind(random)): MadeOrder {
  const items = itemsOf(kind, random);
  const body = {
    customerId: `customer-${1 + Math.floor(random() * CUSTOMERS)}`,
    currency: pick(CURRENCIES, random),
    items,
    totalCents: totalOf(items),
  };
  if (kind === 'invalid')
    return { kind, body: { ...body, currency: 'euros', items: [{ sku: '', quantity: 0 }] } };
  if (kind === 'wrong-total') return { kind, body: { ...body, totalCents: body.totalCents + 100 } };
  return { kind, body };
}

function drawKind(random: () => number): OrderKind {
  let lot = random();
  for (const [kind, share] of SHARES) {
    if (lot < share) return kind;
    lot -= share;
  }
  return 'plain';
}

function itemsOf(kind: OrderKind, random: () => number): Item[] {
  if (kind === 'sold-out') return PALLETS;
  const items = Array.from({ length: 1 + Math.floor(random() * 4) }, () => ({
    ...pick(CATALOGUE, random),
    quantity: 1 + Math.floor(random() ** 2 * 6),
  }));
  if (kind === 'refused-payment') return [...items, giftWrap(items, REFUSED_CENTS)];
  if (kind === 'late-payment') return [...items, giftWrap(items, LATE_CENTS)];
  return items;
}

/** An item with a price that makes the total end in these cents. */
function giftWrap(items: readonly Item[], cents: number): Item {
  const missing = (100 + cents - (totalOf(items) % 100)) % 100;
  return { sku: 'GIFT-WRAP', unitPriceCents: 300 + missing, quantity: 1 };
}

function totalOf(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + item.quantity * item.unitPriceCents, 0);
}

function pick<T>(choices: readonly T[], random: () => number): T {
  return choices[Math.floor(random() * choices.length)] as T;
}
