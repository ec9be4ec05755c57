import { setTimeout as sleep } from 'node:timers/promises';
import { makeOrder } from './order-maker.ts';

/** What became of the orders that were sent. */
export interface TrafficTally {
  received: number;
  /** Invalid orders, refused as they should be. */
  refused: number;
  /** Orders that got no answer, or an error of the server. */
  failed: number;
}

/** How to send orders. */
export interface TrafficOptions {
  /** Of orders-api. */
  readonly url: string;
  /** On average, bursts included. */
  readonly ordersPerSecond: number;
  readonly signal: AbortSignal;
  readonly random?: () => number;
  /** Told when orders stop getting through, and when they do again. */
  readonly onTrouble: (sentence: string) => void;
}

// Half of the orders trickle in one by one, half come in bursts, so that batches differ in size.
const BURST_ORDERS_MAX = 20;
const REQUEST_TIMEOUT_MS = 5_000;

/** Sends orders until the signal aborts: a steady trickle with bursts, now and then an invalid one. */
export async function sendTraffic(options: TrafficOptions): Promise<TrafficTally> {
  const { ordersPerSecond, signal, random = Math.random } = options;
  const tally: TrafficTally = { received: 0, refused: 0, failed: 0 };
  const underWay = new Set<Promise<void>>();
  const meanBurst = (1 + BURST_ORDERS_MAX) / 2;
  // Of all events, this share are bursts: as many orders then come in bursts as one by one.
  const burstShare = 1 / (1 + meanBurst);
  const ordersPerEvent = 1 - burstShare + burstShare * meanBurst;
  while (!signal.aborted && ordersPerSecond > 0) {
    const burst = random() < burstShare ? 1 + Math.floor(random() * BURST_ORDERS_MAX) : 1;
    for (let i = 0; i < burst; i++) {
      const sent = send(options, tally).finally(() => underWay.delete(sent));
      underWay.add(sent);
    }
    // Exponential gaps, as of arrivals that know nothing of each other.
    const gapMs = (-Math.log(1 - random()) * 1_000 * ordersPerEvent) / ordersPerSecond;
    await sleep(gapMs, undefined, { signal }).catch(() => undefined);
  }
  await Promise.all(underWay);
  return tally;
}

async function send(
  { url, random = Math.random, onTrouble }: TrafficOptions,
  tally: TrafficTally,
): Promise<void> {
  const answer = await post(`${url}/orders`, makeOrder(random).body);
  if (answer < 500) {
    tally[answer < 400 ? 'received' : 'refused']++;
    return;
  }
  if (tally.failed++ === 0)
    onTrouble(`an order did not get through (${answer === 599 ? 'no answer' : answer}); going on`);
}

/** @returns the status; 599 where there was no answer. */
async function post(url: string, body: unknown): Promise<number> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    await response.arrayBuffer();
    return response.status;
  } catch {
    return 599;
  }
}
