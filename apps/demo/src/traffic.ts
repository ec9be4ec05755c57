import { setTimeout as sleep } from 'node:timers/promises';
import { makeOrder, type OrderKind } from './order-maker.ts';

/** Counts the results of the sent orders. */
export interface TrafficTally {
  received: number;
  /** Invalid orders, refused as expected. */
  refused: number;
  /** Orders whose operations were started. */
  fannedOut: number;
  /** Requests without an answer, or with a server error. */
  failed: number;
}

/** The tally in words, for the line at the end. */
export function tellTally({ received, fannedOut, refused, failed }: TrafficTally): string {
  return `${received} orders received, ${fannedOut} fanned out, ${refused} refused as invalid, ${failed} failed`;
}

/** These kinds come first, in this order, so that a user need not wait for chance to see them. */
const FIRST_KINDS: readonly OrderKind[] = ['late-payment', 'refused-payment', 'sold-out'];
/** The share of plain orders that is fanned out. Orders that fail at the fan-out are all fanned out. */
const FAN_OUT_SHARE = 1 / 4;

/** The options of the traffic. */
export interface TrafficOptions {
  /** The URL of orders-api. */
  readonly url: string;
  /** On average, bursts included. */
  readonly ordersPerSecond: number;
  readonly signal: AbortSignal;
  readonly random?: () => number;
  /** Called when orders no longer get through, and when they do again. */
  readonly onTrouble: (sentence: string) => void;
}

// Half of the orders come one by one, half in bursts, so that batches differ in size.
const BURST_ORDERS_MAX = 20;
const REQUEST_TIMEOUT_MS = 5_000;
/** Stands for a missing status. */
const NO_ANSWER = 599;

/**
 * Sends orders until the signal aborts: a steady flow with bursts, and some invalid ones. A share of them is fanned out at
 * once. Some of those are out of stock, and some payments are refused or late.
 */
export async function sendTraffic(options: TrafficOptions): Promise<TrafficTally> {
  const { ordersPerSecond, signal, random = Math.random } = options;
  const tally: TrafficTally = { received: 0, refused: 0, fannedOut: 0, failed: 0 };
  const underWay = new Set<Promise<void>>();
  const firstKinds = FIRST_KINDS.values();
  const meanBurst = (1 + BURST_ORDERS_MAX) / 2;
  // The share of bursts among the events makes as many orders come in bursts as one by one.
  const burstShare = 1 / (1 + meanBurst);
  const ordersPerEvent = 1 - burstShare + burstShare * meanBurst;
  while (!signal.aborted && ordersPerSecond > 0) {
    const burst = random() < burstShare ? 1 + Math.floor(random() * BURST_ORDERS_MAX) : 1;
    for (let i = 0; i < burst; i++) {
      const sent = send(options, tally, firstKinds.next().value).finally(() => underWay.delete(sent));
      underWay.add(sent);
    }
    // Exponential gaps, as with independent arrivals.
    const gapMs = (-Math.log(1 - random()) * 1_000 * ordersPerEvent) / ordersPerSecond;
    await sleep(gapMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(underWay);
  return tally;
}

async function send(options: TrafficOptions, tally: TrafficTally, wanted?: OrderKind): Promise<void> {
  const { url, random = Math.random } = options;
  const { kind, body } = makeOrder(random, wanted);
  const { status, id } = await post(`${url}/orders`, body);
  if (status >= 500) return tellFailure(options, tally, 'an order', status);
  tally[status < 400 ? 'received' : 'refused']++;
  if (id === undefined || !isFannedOut(kind, random)) return;
  const asked = await post(`${url}/orders/${id}/fan-out`);
  if (asked.status >= 500) tellFailure(options, tally, 'a fan-out', asked.status);
  else if (asked.status < 400) tally.fannedOut++;
}

function isFannedOut(kind: OrderKind, random: () => number): boolean {
  switch (kind) {
    case 'plain':
      return random() < FAN_OUT_SHARE;
    case 'refused-payment':
    case 'late-payment':
    case 'sold-out':
      return true;
    case 'wrong-total':
    case 'invalid':
      return false;
  }
}

function tellFailure({ onTrouble }: TrafficOptions, tally: TrafficTally, what: string, status: number): void {
  if (tally.failed++ === 0)
    onTrouble(`${what} did not get through (${status === NO_ANSWER ? 'no answer' : status}); going on`);
}

/** @returns the status and the id of the created resource; {@link NO_ANSWER} without an answer. */
async function post(url: string, body?: unknown): Promise<{ status: number; id?: string | undefined }> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      ...(body === undefined
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const { id } = (await response.json()) as { id?: string };
    return { status: response.status, id };
  } catch {
    return { status: NO_ANSWER };
  }
}
