import { setTimeout as sleep } from 'node:timers/promises';
import type { ReceivedSpan } from '@span-links/otlp/receiver';
import type { AppUnderTest } from '@span-links/service-shell/testing';
import { order, post, type AppName, type ShopFloor } from './shop-floor.ts';

/** The options of a run of kills. */
export interface KillOptions {
  readonly seed: number;
  readonly kills: number;
  /** Orders that come in at the same time, until the last kill. */
  readonly lanes: number;
  /** Called after each kill. */
  readonly onKill?: (kill: number, name: AppName) => void;
}

/** The results of a run of kills. */
export interface KillRun {
  /** Ids of the orders that were answered with 201. */
  readonly accepted: readonly string[];
  readonly kills: readonly { readonly name: AppName; readonly at: number }[];
}

// Limits the books to hundreds of orders instead of tens of thousands.
const PAUSE_MS = 40;
const KILL_PAUSE_MAX_MS = 1_500;

/** A process of the platform that is started again after each kill. */
class Slot {
  private app: AppUnderTest | undefined;
  url = '';

  constructor(
    readonly name: AppName,
    private readonly floor: ShopFloor,
  ) {}

  async start(): Promise<void> {
    this.app = this.floor.launch(this.name);
    this.url = await this.app.ready();
  }

  async kill(): Promise<void> {
    await this.app?.stop('SIGKILL');
  }
}

/** The generator mulberry32: the same numbers from 0 up to 1 for the same seed. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/**
 * Kills orders-api and two processes of orders-fulfilment, which are also the relay, at random moments while orders come in. Ends when
 * every order has been handled.
 */
export async function runKills(floor: ShopFloor, options: KillOptions): Promise<KillRun> {
  const random = randomFrom(options.seed);
  const api = new Slot('orders-api', floor);
  const slots = [api, new Slot('orders-fulfilment', floor), new Slot('orders-fulfilment', floor)];
  await Promise.all(slots.map((slot) => slot.start()));
  const accepted: string[] = [];
  const kills: KillRun['kills'][number][] = [];
  let isOver = false;
  const lane = async (number: number) => {
    for (let n = 0; !isOver; n++) {
      accepted.push(await untilAccepted(() => api.url, `${options.seed}-${number}-${n}`));
      await sleep(PAUSE_MS);
    }
  };
  const lanes = Promise.all(Array.from({ length: options.lanes }, (_, number) => lane(number)));
  while (kills.length < options.kills) {
    await sleep(random() * KILL_PAUSE_MAX_MS);
    const victim = slots[Math.floor(random() * slots.length)] as Slot;
    kills.push({ name: victim.name, at: Date.now() });
    await victim.kill();
    options.onKill?.(kills.length, victim.name);
    await victim.start();
  }
  isOver = true;
  await lanes;
  await untilHandled(floor);
  return { accepted, kills };
}

/** Sends an order under one key until it is answered with 201, like a client that keeps trying. */
async function untilAccepted(url: () => string, key: string): Promise<string> {
  for (;;) {
    const answer = await post<{ id: string }>(`${url()}/orders`, order(), { 'idempotency-key': key }).catch(
      () => undefined,
    );
    if (answer?.status === 201) return answer.body.id;
    await sleep(100);
  }
}

async function untilHandled(floor: ShopFloor): Promise<void> {
  await floor.until(
    'every order to be shipped, dispatched and invoiced',
    async () => {
      const [left] = await floor.query<{ left: number }>(LEFT);
      return left?.left === 0 ? true : undefined;
    },
    180_000,
  );
}

const LEFT = `
  SELECT (SELECT count(*) FROM messaging_outbox)::int + (SELECT count(*) FROM orders
    LEFT JOIN shipments ON shipments.order_id = orders.id LEFT JOIN invoices ON invoices.order_id = orders.id
    WHERE dispatched_at IS NULL OR issued_at IS NULL)::int AS left`;

/** The mistakes in the books, in words; empty if they balance. */
export async function imbalances(floor: ShopFloor, accepted: readonly string[]): Promise<string[]> {
  const [row] = await floor.query<{ wrong: string[] }>(IMBALANCES, [accepted]);
  return row?.wrong ?? ['nothing could be read'];
}

const IMBALANCES = `
  WITH wrong AS (
    SELECT 'an accepted order is lost' AS what FROM unnest($1::uuid[]) AS accepted (id)
    LEFT JOIN orders USING (id) WHERE orders.id IS NULL
    UNION ALL
    SELECT 'an order is stored that nobody sent' FROM orders WHERE id <> ALL ($1::uuid[])
    UNION ALL
    SELECT 'orders ' || orders || ', shipments ' || shipments || ', invoices ' || invoices
    FROM (SELECT (SELECT count(*) FROM orders) AS orders, (SELECT count(*) FROM shipments) AS shipments,
      (SELECT count(*) FROM invoices) AS invoices) AS counts
    WHERE orders <> shipments OR orders <> invoices
    UNION ALL
    SELECT 'a shipment without its order' FROM shipments LEFT JOIN orders ON id = order_id WHERE id IS NULL
    UNION ALL
    SELECT 'an invoice that is not what was ordered' FROM invoices WHERE invoices.total_cents <> 33780
    UNION ALL
    SELECT 'a shipment that was never dispatched' FROM shipments WHERE dispatched_at IS NULL
    UNION ALL
    SELECT 'messages are left in the outbox' FROM messaging_outbox
    UNION ALL
    SELECT consumer || ' has ' || count(*) || ' messages for ' || (SELECT count(*) FROM orders) || ' orders'
    FROM messaging_inbox GROUP BY consumer HAVING count(*) <> (SELECT count(*) FROM orders)
    UNION ALL
    SELECT consumer || ' has a message that is ' || coalesce(outcome, 'not done') FROM messaging_inbox
    WHERE outcome IS DISTINCT FROM 'done' OR done_at IS NULL
  )
  SELECT coalesce(array_agg(what), '{}') AS wrong FROM wrong`;

/** The links of a run, and those that lead to a span which never arrived. */
export interface LinkBooks {
  readonly links: number;
  readonly retries: number;
  /** Links to attempts that were killed, and say so. */
  readonly unfinishedAttempts: number;
  /** Links to spans that had ended and were not exported yet when their process was killed. */
  readonly lostWithTheirProcess: number;
  /** In words; empty if every missing span is explained. */
  readonly unexplained: readonly string[];
}

// Spans leave a process 100 ms after their end here. On a busy machine an export takes longer.
const EXPORT_WINDOW_MS = 5_000;

interface Written {
  readonly traceparent: string;
  readonly at: Date;
}

const SENT_ORDERS = `SELECT message_context ->> 'traceparent' AS traceparent, received_at AS at FROM orders`;
const SHIPPED_ORDERS = `SELECT trace_context ->> 'traceparent' AS traceparent, prepared_at AS at FROM shipments`;

/** Looks at every link of every consumer. The rows tell which spans there were, also those that never arrived. */
export async function balanceLinks(floor: ShopFloor, run: KillRun): Promise<LinkBooks> {
  const spans = floor.receiver.spans();
  const known = new Set(spans.map(({ traceId, spanId }) => traceId + spanId));
  const sent = new Map(
    (await floor.query<Written>(SENT_ORDERS)).map(({ traceparent, at }) => [idsIn(traceparent).join(''), at]),
  );
  const shipped = new Map(
    (await floor.query<Written>(SHIPPED_ORDERS)).map(({ traceparent, at }) => [idsIn(traceparent)[0], at]),
  );
  const wasKilledSoonAfter = (name: AppName, at: Date | undefined) =>
    at !== undefined &&
    run.kills.some((kill) => kill.name === name && kill.at > +at - 100 && kill.at < +at + EXPORT_WINDOW_MS);
  const wasLost = (consumer: ReceivedSpan, link: ReceivedSpan['links'][number]) =>
    consumer.name === 'process shipments'
      ? wasKilledSoonAfter('orders-fulfilment', shipped.get(link.traceId))
      : wasKilledSoonAfter('orders-api', sent.get(link.traceId + link.spanId));

  const books = { links: 0, retries: 0, unfinishedAttempts: 0, lostWithTheirProcess: 0 };
  const unexplained: string[] = [];
  for (const consumer of spans.filter(({ name }) => /^process (orders|shipments)/.test(name))) {
    const relations = consumer.links.map((link) => link.attributes['spanlinks.relation']);
    const attempt = Number(consumer.attributes['spanlinks.attempt'] ?? 1);
    if (!relations.includes('origin')) unexplained.push(`${consumer.name} without a link to its message`);
    if (attempt > 1) {
      books.retries++;
      const isTold = consumer.attributes['spanlinks.previous_attempts.missing'] !== undefined;
      if (!relations.includes('previous_attempt') && !isTold)
        unexplained.push(`attempt ${attempt} of ${consumer.name} without a link to the one before`);
    }
    for (const link of consumer.links) {
      books.links++;
      if (known.has(link.traceId + link.spanId)) continue;
      const relation = link.attributes['spanlinks.relation'];
      if (relation === 'previous_attempt' && link.attributes['spanlinks.attempt.outcome'] === 'unfinished')
        books.unfinishedAttempts++;
      else if (relation === 'origin' && wasLost(consumer, link)) books.lostWithTheirProcess++;
      else
        unexplained.push(
          `${consumer.name} links as ${JSON.stringify(relation)} to a span that never arrived`,
        );
    }
  }
  return { ...books, unexplained };
}

function idsIn(traceparent: string | null): [traceId: string, spanId: string] {
  const [, traceId = '', spanId = ''] = traceparent?.split('-') ?? [];
  return [traceId, spanId];
}
