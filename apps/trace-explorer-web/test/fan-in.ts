import { send, spanIdOf, traceIdOf, type SentSpan } from './otlp.ts';

/** The traces of a fan-in and its sources. */
export interface FanIn {
  readonly traceId: string;
  readonly spanId: string;
  readonly sources: readonly { readonly traceId: string; readonly spanId: string }[];
}

/**
 * Sends a batch that links to `size` source traces of two spans each. The sources come first.
 *
 * @param base the first id, so that several stories can be in one explorer.
 */
export async function sendFanIn(url: string, base: number, size: number): Promise<FanIn> {
  const sources = Array.from({ length: size }, (_, n) => ({
    traceId: traceIdOf(base + 1 + n),
    spanId: spanIdOf(base + 1 + n),
  }));
  const spans = sources.flatMap(({ traceId, spanId }, n): SentSpan[] => [
    { traceId, spanId, name: `receive-order ${n}`, startMs: n, durationMs: 20, kind: 2 },
    { traceId, spanId: childOf(spanId), parentSpanId: spanId, name: 'persist-order', startMs: n + 2 },
  ]);
  for (let from = 0; from < spans.length; from += 10_000) await send(url, spans.slice(from, from + 10_000));
  const batch = { traceId: traceIdOf(base), spanId: spanIdOf(base) };
  await send(url, [
    {
      ...batch,
      name: 'process-batch',
      service: 'orders-batch',
      startMs: 60_000 + size,
      durationMs: 300,
      attributes: { 'batch.size': size },
      links: sources.map((source, n) => ({
        ...source,
        attributes: { 'spanlinks.relation': 'origin', 'order.number': n },
      })),
    },
    {
      traceId: batch.traceId,
      spanId: childOf(batch.spanId),
      parentSpanId: batch.spanId,
      name: 'reconcile-orders',
      service: 'orders-batch',
      startMs: 60_010 + size,
      durationMs: 200,
    },
  ]);
  return { ...batch, sources };
}

const childOf = (spanId: string) => `c${spanId.slice(1)}`;
