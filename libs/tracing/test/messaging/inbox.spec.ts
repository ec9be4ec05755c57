import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { messageConsumer } from '../../src/message-consumer.ts';
import { inboxTable, openInbox, type InboxQuery } from '../../src/messaging/inbox.ts';
import { recordSpans } from '../../src/testing/index.ts';

const spans = recordSpans({ beforeEach, afterAll });
const orders = messageConsumer<{ id: string; headers: unknown }>({
  system: 'kafka',
  destination: 'orders',
  headers: ({ headers }) => headers,
  id: ({ id }) => id,
});
const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

let server: Awaited<ReturnType<typeof startPostgresServer>>;
let pool: pg.Pool;
const query: InboxQuery = (sql, values) => pool.query(sql, values);

beforeAll(async () => {
  server = await startPostgresServer();
  pool = new pg.Pool({ connectionString: await server.createDatabase('inbox') });
  await pool.query('CREATE SCHEMA shipping');
  await pool.query(inboxTable('shipping.inbox'));
  await pool.query(inboxTable('shipping.inbox'));
});
afterAll(async () => {
  await pool.end();
  await server.destroy();
});

let count = 0;
const newMessage = () => ({ id: `order-${++count}`, headers: { traceparent: TRACEPARENT } });
const inbox = openInbox({ consumer: 'shipping', query, table: 'shipping.inbox' });
const processed = () => spans.named('process orders');
const previousOf = (index: number) =>
  processed()[index]?.links.find(({ relation }) => relation === 'previous_attempt');

/** Handles a message like a consumer that is killed, that fails, or that finishes. */
async function deliver(
  message: ReturnType<typeof newMessage>,
  end: 'killed early' | 'killed' | 'failed' | 'done',
) {
  const delivery = await inbox.receive(message.id);
  await orders.one(
    message,
    async () => {
      if (end === 'killed early') return;
      await inbox.started(delivery);
      if (end === 'failed') await inbox.failed(delivery);
      if (end === 'done') expect(await inbox.done(delivery)).toBe(true);
    },
    delivery,
  );
  return delivery;
}

describe('an inbox', () => {
  it('counts the attempts and links each to the previous one, with its outcome', async () => {
    const message = newMessage();
    for (const end of ['killed', 'failed', 'done'] as const) await deliver(message, end);
    expect(processed().map(({ attributes }) => attributes['spanlinks.attempt'])).toEqual([1, 2, 3]);
    expect(previousOf(0)).toBeUndefined();
    expect(previousOf(1)).toMatchObject({
      spanId: processed()[0]?.spanId,
      attributes: { 'spanlinks.attempt': 1, 'spanlinks.attempt.outcome': 'unfinished' },
    });
    expect(previousOf(2)).toMatchObject({
      spanId: processed()[1]?.spanId,
      attributes: { 'spanlinks.attempt': 2, 'spanlinks.attempt.outcome': 'failed' },
    });
  });

  it('recognizes a duplicate, and names the attempt that did the work', async () => {
    const message = newMessage();
    await deliver(message, 'done');
    const again = await inbox.receive(message.id);
    expect(again).toMatchObject({ isDone: true, attempt: 2 });
    orders.one(message, () => undefined, { ...again, attributes: { 'spanlinks.duplicate': true } });
    expect(previousOf(1)?.spanId).toBe(processed()[0]?.spanId);
    expect(previousOf(1)?.attributes).not.toHaveProperty(['spanlinks.attempt.outcome']);
    expect(await inbox.receive(message.id)).toEqual(again);
  });

  it('does not link to an attempt that was killed before it stored its span, or to an older one in its place', async () => {
    const message = newMessage();
    await deliver(message, 'failed');
    await deliver(message, 'killed early');
    await deliver(message, 'done');
    expect(previousOf(1)).toBeDefined();
    expect(previousOf(2)).toBeUndefined();
    expect(processed()[2]?.attributes['spanlinks.previous_attempts.missing']).toBe(1);
  });

  it('lets one of two simultaneous deliveries do the work', async () => {
    const { id } = newMessage();
    const [first, second] = [await inbox.receive(id), await inbox.receive(id)];
    expect([first.attempt, second.attempt]).toEqual([1, 2]);
    const client = await pool.connect();
    await client.query('BEGIN');
    expect(await inbox.done(second, (sql, values) => client.query(sql, values))).toBe(true);
    const late = inbox.done(first);
    await client.query('COMMIT');
    client.release();
    expect(await late).toBe(false);
  });

  it('forgets the end of a transaction that is rolled back', async () => {
    const { id } = newMessage();
    const delivery = await inbox.receive(id);
    const client = await pool.connect();
    await client.query('BEGIN');
    expect(await inbox.done(delivery, (sql, values) => client.query(sql, values))).toBe(true);
    await client.query('ROLLBACK');
    client.release();
    expect(await inbox.receive(id)).toMatchObject({ isDone: false, attempt: 2 });
  });

  it('keeps consumers apart', async () => {
    const { id } = newMessage();
    await inbox.receive(id);
    const invoicing = openInbox({ consumer: 'invoicing', query, table: 'shipping.inbox' });
    expect(await invoicing.receive(id)).toMatchObject({ attempt: 1, previousAttempt: undefined });
  });
});
