import { ORDER_STATUSES } from '@span-links/orders-data';
import { ProblemException } from '@span-links/service-shell';
import { z } from 'zod';

const LIMIT_MAX = 100;
const LIMIT_DEFAULT = 20;

const pageQuery = z.object({
  status: z.enum(ORDER_STATUSES).optional(),
  limit: z
    .string()
    .regex(/^\d{1,3}$/, 'must be a whole number')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= LIMIT_MAX, `must be from 1 to ${LIMIT_MAX}`)
    .default(LIMIT_DEFAULT),
  cursor: z.string().transform(idOf).optional(),
});

/** The page of orders to show. */
export type PageQuery = z.output<typeof pageQuery>;

/** @throws ProblemException 400 that lists every wrong parameter. */
export function parsePageQuery(query: unknown): PageQuery {
  const result = pageQuery.safeParse(query);
  if (result.success) return result.data;
  const errors = result.error.issues.map(({ path, message }) => ({
    parameter: String(path[0]),
    detail: message,
  }));
  throw new ProblemException({
    status: 400,
    detail: 'The query is not valid. Fix the parameters listed in `errors`.',
    extensions: { errors },
  });
}

/** A cursor is opaque to the client, so that the key of a page may change. */
export function cursorOf(orderId: string): string {
  return Buffer.from(orderId.replaceAll('-', ''), 'hex').toString('base64url');
}

function idOf(cursor: string, context: z.RefinementCtx): string {
  const hex = Buffer.from(cursor, 'base64url').toString('hex');
  const parts = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(hex);
  if (parts && cursorOf(hex) === cursor) return parts.slice(1).join('-');
  context.addIssue({ code: 'custom', message: 'is not a cursor of an earlier page' });
  return z.NEVER;
}
