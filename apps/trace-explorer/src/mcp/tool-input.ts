import { z } from 'zod';
import { unixNsOf } from '../cli/unix-time.ts';
import { ReadError } from './explorer-reads.ts';

const QUERY_MAX = 2_000;

export const traceId = z
  .string()
  .regex(/^[0-9a-f]{32}$/i, 'must be 32 hex digits')
  .describe('Trace ID, 32 hex digits');
export const spanId = z
  .string()
  .regex(/^[0-9a-f]{16}$/i, 'must be 16 hex digits')
  .describe('Span ID, 16 hex digits');
export const limit = (fallback: number, max: number) =>
  z.number().int().min(1).max(max).default(fallback).describe('Rows at most');
export const query = z
  .string()
  .max(QUERY_MAX)
  .default('')
  .describe(
    'Terms separated by spaces, all of which one span fulfils: service=orders-batch name~batch status=error duration>100ms has:links order.id=42. Journeys also know journey.state=waiting journey.wait>10s journey.total>1m',
  );
export const since = (fallback: string) =>
  z
    .string()
    .max(40)
    .default(fallback)
    .describe('Earliest start: how long ago (30m, 2h, 7d) or a date of ISO 8601');

/** @throws ReadError with the valid forms of a time */
export function fromParameter(text: string): { readonly from: string } {
  const from = unixNsOf(text, Date.now());
  if (from === undefined) {
    throw new ReadError(`since is ${JSON.stringify(text)}; write 30m, 2h, 7d or 2026-11-29T14:00Z`, 400);
  }
  return { from };
}
