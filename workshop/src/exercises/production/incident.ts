import { createHash } from 'node:crypto';
import type { SpanContext, Tracer } from '@opentelemetry/api';
import { carrierOf, startFanIn } from '@span-links/tracing';
import { plantedProvider } from '../../child/services.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

interface PlantedBatch {
  readonly id: string;
  /** Minutes after the first order. */
  readonly at: number;
  /** The number of each order, and the seconds that it waited. */
  readonly orders: readonly (readonly [number, number])[];
  /** An order whose carrier cannot be read. */
  readonly broken?: number;
}

/** The clock stood still for twelve minutes, and one row was written by somebody who does not know `traceparent`. */
const BATCHES: readonly PlantedBatch[] = [
  {
    id: 'batch-a91',
    at: 2,
    orders: [
      [7301, 52],
      [7302, 41],
      [7303, 38],
      [7304, 27],
      [7305, 19],
      [7306, 8],
    ],
  },
  {
    id: 'batch-b17',
    at: 3,
    orders: [
      [7307, 55],
      [7308, 47],
      [7309, 36],
      [7310, 33],
      [7311, 21],
      [7312, 14],
      [7313, 9],
    ],
    broken: 7309,
  },
  {
    id: 'batch-c42',
    at: 16,
    orders: [
      [7314, 741],
      [7315, 728],
      [7316, 702],
      [7317, 31],
      [7318, 17],
    ],
  },
];

/** Sends the spans of an incident. They have the same IDs each time, so an explorer has them once. */
export function plantIncident(instanceId: string): void {
  const api = tracerWithIds('shop-api', instanceId);
  const batches = tracerWithIds('shop-batch', instanceId);
  const start = Date.now() - 30 * MINUTE;
  for (const { id, at, orders, broken } of BATCHES) {
    const claimedAt = start + at * MINUTE;
    const sources = orders.map(([number, waited]) => {
      const orderId = `order-${number}`;
      const received = receive(api, orderId, claimedAt - waited * SECOND);
      const carrier = number === broken ? { traceparent: '00-7309' } : carrierOf(received);
      return { carrier, attributes: { 'messaging.message.id': orderId } };
    });
    const fanIn = startFanIn(batches, 'process-batch', sources, {
      startTime: claimedAt,
      attributes: { 'batch.id': id },
    });
    fanIn?.end(claimedAt + SECOND);
  }
}

function receive(api: Tracer, orderId: string, at: number): SpanContext {
  const span = api.startSpan('receive-order', {
    root: true,
    startTime: at,
    attributes: { 'order.id': orderId },
  });
  span.end(at + 40);
  return span.spanContext();
}

function tracerWithIds(service: string, instanceId: string): Tracer {
  let count = 0;
  const digits = (length: number) =>
    createHash('sha256')
      .update(`${instanceId} ${service} ${(count += 1)}`)
      .digest('hex')
      .slice(0, length);
  const ids = { generateTraceId: () => digits(32), generateSpanId: () => digits(16) };
  return plantedProvider(service, ids).getTracer('workshop');
}
