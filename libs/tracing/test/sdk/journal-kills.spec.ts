import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '@span-links/otlp/receiver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runFixture } from './run-fixture.ts';

/*
 * A long run: KILLS=300 SEED=7 npx vitest run test/sdk/journal-kills.spec.ts. Without a seed, a random one is taken and printed.
 */
const KILLS = Number(process.env['KILLS'] ?? 8);
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 1e9));

let receiver: OtlpReceiver;
let folder: string;
let env: Record<string, string>;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  folder = await mkdtemp(join(tmpdir(), 'journal-kills-'));
  env = {
    OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
    OTEL_BSP_SCHEDULE_DELAY: '50',
    OTEL_EXPORTER_OTLP_TIMEOUT: '1000',
    SPAN_LINKS_JOURNAL: join(folder, 'journal'),
  };
});
afterEach(async () => {
  await receiver.close();
  await rm(folder, { recursive: true, force: true });
});

interface Noted {
  links: number;
  /** Undefined while the span had not ended. */
  mark?: number;
}

/** The notes of the killed processes about spans with links. A line counts once it is complete. */
async function notes(): Promise<Map<string, Noted>> {
  const noted = new Map<string, Noted>();
  const lines = (await readFile(join(folder, 'notes'), 'utf8')).split('\n').slice(0, -1);
  for (const [kind, key, links, mark] of lines.map((line) => line.split(' '))) {
    noted.set(key!, { links: Number(links), ...(kind === 'E' && { mark: Number(mark) }) });
  }
  return noted;
}

function keyOf({ traceId, spanId }: ReceivedSpan): string {
  return traceId + spanId;
}

describe('processes that are killed at random moments', () => {
  it(`lose no span with links (${KILLS} kills, seed ${SEED})`, async () => {
    const random = randomFrom(SEED);
    for (let kill = 0; kill < KILLS; kill++) {
      receiver.respondWith(random() < 0.2 ? { status: 503 } : 'ok');
      // Two processes share the folder half of the time, and some have a second thread.
      const victims = Array.from({ length: random() < 0.5 ? 2 : 1 }, () =>
        runFixture('link-maker.mjs', {
          env,
          args: [String(Math.floor(random() * 1e9)), join(folder, 'notes'), random() < 0.3 ? '--worker' : ''],
        }),
      );
      await Promise.all(victims.map(({ ready }) => ready));
      for (const victim of victims) {
        await sleep(random() * 150);
        victim.kill('SIGKILL');
      }
      await Promise.all(victims.map(({ ended }) => ended));
    }
    receiver.respondWith('ok');
    const heir = await runFixture('journal-heir.mjs', { env }).ended;

    const noted = await notes();
    const received = new Map<string, ReceivedSpan[]>();
    for (const span of receiver.spans()) {
      received.set(keyOf(span), [...(received.get(keyOf(span)) ?? []), span]);
    }
    const missing = [...noted.keys()].filter((key) => !received.has(key));
    const figures = {
      kills: KILLS,
      seed: SEED,
      started: noted.size,
      missing: missing.length,
      complete: 0,
      interrupted: 0,
      twice: 0,
    };
    for (const [key, { links, mark }] of noted) {
      const [span, ...copies] = received.get(key) ?? [];
      if (span === undefined) continue;
      const interrupted = span.attributes['spanlinks.interrupted'] === true;
      figures[interrupted ? 'interrupted' : 'complete']++;
      figures.twice += copies.length;
      // Delivered at least once, but never in two versions.
      for (const copy of copies) expect(copy.exact).toEqual(span.exact);
      if (mark !== undefined) expect(span.attributes['mark']).toBe(mark);
      if (mark !== undefined || interrupted) expect(span.links).toHaveLength(links);
      if (interrupted) expect(span.status).toMatchObject({ code: 2, message: 'interrupted' });
      expect(span.serviceName).toBe('fixture');
    }
    console.log(JSON.stringify(figures));
    expect(missing).toEqual([]);
    expect(heir.stdout).toContain('"complete":true');
    // Everything is acknowledged: nothing is left to send.
    expect(await readdir(join(folder, 'journal', 'otlp'))).toEqual([]);
  }, 3_600_000);
});

/** Mulberry32. */
function randomFrom(state: number): () => number {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
