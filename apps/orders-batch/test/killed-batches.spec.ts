import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newTestDatabaseUrl } from '@span-links/orders-data/testing';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '@span-links/otlp/receiver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRunOnce, startService } from './batch-app.ts';
import { OrdersTable, plainOrders } from './orders.ts';

/*
 * A long run: KILLS=100 npx vitest run test/killed-batches.spec.ts
 */
const KILLS = Number(process.env['KILLS'] ?? 4);
const ORDERS_PER_KILL = 1_500;

let receiver: OtlpReceiver;
let table: OrdersTable;
let folder: string;
beforeEach(async () => {
  receiver = await startOtlpReceiver();
  table = new OrdersTable(await newTestDatabaseUrl());
  folder = await mkdtemp(join(tmpdir(), 'killed-batches-'));
});
afterEach(async () => {
  await table.close();
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

interface BatchRow {
  readonly outcome: string;
  readonly traceparent: string;
}

describe('orders-batch, killed at random moments', () => {
  it(`leaves no batch without its span (${KILLS} kills)`, async () => {
    const env = {
      DATABASE_URL: table.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      SPAN_LINKS_JOURNAL: join(folder, 'journal'),
      BATCH_LEASE_MS: '500',
      BATCH_MAX_ATTEMPTS: '100',
    };
    for (let kill = 0; kill < KILLS; kill++) {
      await table.insert(plainOrders(ORDERS_PER_KILL));
      const victim = startService(env);
      const url = await victim.ready();
      await fetch(`${url}/runs`, { method: 'POST' });
      await sleep(Math.random() * 500);
      await victim.stop('SIGKILL');
    }
    await sleep(600);
    while (((await table.statuses())['pending'] ?? 0) > 0) {
      expect((await startRunOnce(env).exit).code).toBe(0);
    }
    // The last process has recovered the older spans at its start. This one recovers the rest.
    await startRunOnce(env).exit;

    const batches = await table.query<BatchRow>(
      `SELECT outcome, trace_context->>'traceparent' AS traceparent FROM batches WHERE trace_context IS NOT NULL`,
    );
    const received = new Map<string, ReceivedSpan>();
    for (const span of receiver.spans()) received.set(`00-${span.traceId}-${span.spanId}-01`, span);
    const spans = batches.map(({ traceparent }) => received.get(traceparent));
    const missing = batches.filter((_, index) => spans[index] === undefined);
    const interrupted = spans.filter((span) => span?.attributes['spanlinks.interrupted'] === true);
    const links = spans.reduce((sum, span) => sum + (span?.links.length ?? 0), 0);
    console.log(
      JSON.stringify({
        kills: KILLS,
        batches: batches.length,
        missing: missing.length,
        interrupted: interrupted.length,
        links,
      }),
    );
    expect(missing).toEqual([]);
    expect(batches.length).toBeGreaterThan(0);
    for (const [index, { outcome }] of batches.entries()) {
      // A batch whose outcomes are written may still be killed before its span ends.
      if (outcome === 'running') expect(spans[index]?.attributes['spanlinks.interrupted']).toBe(true);
    }
    expect(await readdir(join(folder, 'journal', 'otlp'))).toEqual([]);
  }, 3_600_000);
});
