import type { OrderItem } from '@span-links/orders-data';
import type { FieldError } from '@span-links/service-shell';
import { z } from 'zod';

// Together these limits keep every total below 2^53 cents: 1,000 items × 10,000 pieces × 100,000,000 cents = 10^15.
const ITEMS_MAX = 1_000;
const QUANTITY_MAX = 10_000;
const UNIT_PRICE_MAX_CENTS = 100_000_000;
const TEXT_MAX = 200;

// Postgres cannot store U+0000, and a lone surrogate does not survive UTF-8: both would fail the insert.
const text = z
  .string()
  .min(1)
  .max(TEXT_MAX)
  .refine(
    (value) => !value.includes('\u0000') && value.isWellFormed(),
    'must not contain U+0000 or lone surrogates',
  );

const item = z.strictObject({
  sku: text.meta({ example: 'SKU-1042' }),
  quantity: z.int().min(1).max(QUANTITY_MAX).meta({ example: 2 }),
  unitPriceCents: z.int().min(0).max(UNIT_PRICE_MAX_CENTS).meta({ example: 1999 }),
});

/** The lines of an order. */
export const orderItems = z.array(item).min(1).max(ITEMS_MAX);

/** The body of `POST /orders`. The stated total may be wrong: the batch reports that, not the intake. */
export const orderRequest = z.strictObject({
  customerId: text.meta({ example: 'customer-7' }),
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be three capital letters (ISO 4217)')
    .meta({ example: 'EUR' }),
  items: orderItems,
  totalCents: z.int().min(0).optional().meta({ example: 3998 }),
});

/** A valid order request. */
export interface OrderRequest {
  readonly customerId: string;
  readonly currency: string;
  readonly items: OrderItem[];
  readonly totalCents?: number | undefined;
}

/** The request is not a valid order. Lists the wrong fields, up to a limit. */
export class InvalidOrderError extends Error {
  override readonly name = 'InvalidOrderError';

  constructor(readonly errors: readonly FieldError[]) {
    super(
      `the order is not valid: ${errors.map(({ pointer, detail }) => `${pointer} ${detail}`).join('; ')}`,
    );
  }
}

// A body of a megabyte can hold tens of thousands of wrong fields, too many for one answer.
const FIELD_ERRORS_MAX = 100;

/** @throws InvalidOrderError */
export function parseOrderRequest(body: unknown): OrderRequest {
  const result = orderRequest.safeParse(body);
  if (result.success) return result.data;
  throw new InvalidOrderError(result.error.issues.flatMap(fieldErrors).slice(0, FIELD_ERRORS_MAX));
}

function fieldErrors(issue: z.core.$ZodIssue): FieldError[] {
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      pointer: pointerTo([...issue.path, key]),
      detail: 'is not a known field',
    }));
  }
  return [{ pointer: pointerTo(issue.path), detail: issue.message }];
}

// RFC 6901, section 6: a JSON Pointer as a URI fragment, as RFC 9457 shows it.
function pointerTo(path: readonly PropertyKey[]): string {
  return `#${path.map((step) => `/${encodeURIComponent(String(step).replaceAll('~', '~0').replaceAll('/', '~1'))}`).join('')}`;
}
