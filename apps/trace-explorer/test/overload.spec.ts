import { connect, type Socket } from 'node:net';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { getJson, postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

let explorer: TestExplorer;
beforeEach(async () => {
  explorer = await openTestExplorer();
});
afterEach(() => explorer.close());

const storedSpans = async () => (await getJson<{ spans: number }>(explorer.url, '/api/v1/stats')).spans;

describe('an overloaded explorer', () => {
  it('answers 429 with Retry-After while its queue is full, stores accepted requests, and recovers', async () => {
    const blocker = new pg.Client({
      connectionString: explorer.databaseUrl,
      options: '-c search_path=trace_explorer',
    });
    await blocker.connect();
    await blocker.query('BEGIN; LOCK TABLE spans IN ACCESS EXCLUSIVE MODE');
    const send = (request: number) => {
      const spans = Array.from({ length: 2_000 }, (_, n) => spanOf(traceIdOf(request + 1), spanIdOf(n + 1)));
      return postJson(explorer.url, requestOf(spans));
    };
    const waiting: Promise<Response>[] = [];
    let refused: Response | undefined;
    for (let request = 0; refused === undefined && request < 100; request++) {
      const answer = send(request);
      waiting.push(answer);
      const before = explorer.explorer.store.counts().queuedRequests;
      // It is either accepted or refused. The counts show which of the two came first.
      await expect
        .poll(() => explorer.explorer.store.counts().queuedRequests > before || refusals(explorer) > 0)
        .toBe(true);
      if (refusals(explorer) > 0) refused = await answer;
    }
    expect(refused?.status).toBe(429);
    expect(Number(refused?.headers.get('retry-after'))).toBeGreaterThan(0);
    await blocker.query('COMMIT');
    await blocker.end();
    const answers = await Promise.all(waiting);
    const taken = answers.filter(({ status }) => status === 200).length;
    expect(taken).toBe(waiting.length - 1);
    expect(await storedSpans()).toBe(taken * 2_000);
    expect((await send(waiting.length - 1)).status).toBe(200);
    expect(await storedSpans()).toBe((taken + 1) * 2_000);
  });

  it('answers 429 only while the current bodies take all the available room', async () => {
    const small = await openTestExplorer({ maxBodyBytes: 16 * 1024 * 1024 });
    const sockets: Socket[] = [];
    try {
      const bodyBytes = 15 * 1024 * 1024;
      // Four requests that never end: 60 of 64 MiB.
      for (let n = 0; n < 4; n++) sockets.push(await heldRequest(small.url, bodyBytes));
      await expect.poll(() => small.explorer.intake.bytesInHand, { timeout: 20_000 }).toBe(4 * bodyBytes);
      const refused = await postJson(small.url, ' '.repeat(5 * 1024 * 1024));
      expect([refused.status, refused.headers.get('retry-after')]).toEqual([429, '1']);
      // A body that fits is still accepted.
      expect((await postJson(small.url, requestOf([spanOf(traceIdOf(1), spanIdOf(1))]))).status).toBe(200);
      for (const socket of sockets) socket.destroy();
      await expect.poll(() => small.explorer.intake.bytesInHand).toBe(0);
      expect((await postJson(small.url, `${' '.repeat(5 * 1024 * 1024)}{}`)).status).toBe(200);
    } finally {
      for (const socket of sockets) socket.destroy();
      await small.close();
    }
  });
});

function refusals({ explorer: { intake } }: TestExplorer): number {
  return intake.counts.refusals.get('overloaded') ?? 0;
}

function heldRequest(url: string, bytes: number): Promise<Socket> {
  const { port, hostname } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname);
    socket.once('error', reject);
    socket.write(
      `POST /v1/traces HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${bytes + 1}\r\n\r\n`,
    );
    socket.write(' '.repeat(bytes), () => resolve(socket));
  });
}
