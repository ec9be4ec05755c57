import { DiagLogLevel, diag } from '@opentelemetry/api';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { ExportError } from '../../src/sdk/export-failure.ts';
import { ExportQueue } from '../../src/sdk/export-queue.ts';
import { OtlpHttpExporter } from '../../src/sdk/otlp-http-exporter.ts';
import type { EndedSpan } from '../../src/sdk/span-pipeline.ts';
import { endedSpan } from './ended-spans.ts';

type Answer = (response: ServerResponse) => void;

const YEAR_SECONDS = 365 * 24 * 3600;
const ok: Answer = (response) => response.end();
const refuse =
  (headers: Record<string, string>, status = 429): Answer =>
  (response) =>
    response.writeHead(status, headers).end();

let server: Server;
let answers: Answer[];
let requestTimes: number[];
let exporter: OtlpHttpExporter<EndedSpan[]>;

beforeEach(async () => {
  answers = [];
  requestTimes = [];
  server = createServer((request, response) => {
    request.resume().on('end', () => {
      requestTimes.push(performance.now());
      (answers.shift() ?? ok)(response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  // Shorter than the waits below: each delivery is one request.
  vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '500');
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await exporter.shutdown();
  server.closeAllConnections();
  server.close();
});

function newExporter(maxRetryAfterMs?: number, protocol = 'http/protobuf'): void {
  exporter = new OtlpHttpExporter('traces', protocol, maxRetryAfterMs);
}

/** Resolves to the failure, if it is one. */
function exportOne(): Promise<ExportError | undefined> {
  return new Promise((resolve) => {
    exporter.export([endedSpan()], ({ code, error }) =>
      resolve(code === 0 ? undefined : (error as ExportError)),
    );
  });
}

/** Exports until one succeeds. */
async function exportUntilTaken(): Promise<void> {
  while ((await exportOne()) !== undefined) await sleep(20);
}

describe('Retry-After', () => {
  it.each([
    ['seconds', () => ({ 'retry-after': '2' })],
    ['a date', () => ({ 'retry-after': new Date(Date.now() + 3_000).toUTCString() })],
    [
      'a date by a clock that is an hour fast',
      () => ({
        date: new Date(Date.now() + 3_600_000).toUTCString(),
        'retry-after': new Date(Date.now() + 3_602_000).toUTCString(),
      }),
    ],
  ])('given as %s is respected between deliveries', async (_form, headers) => {
    newExporter();
    answers = [refuse(headers())];
    const first = await exportOne();
    expect(first?.failure).toMatchObject({
      reason: 'HTTP 429 Too Many Requests',
      cause: '429',
      retryable: true,
    });
    expect(first?.failure.retryAfterMs).toBeGreaterThan(900);
    // Batches in the meantime fail at once, for the same reason, and nothing is sent.
    expect((await exportOne())?.failure).toMatchObject({ cause: '429', retryable: true });
    expect(requestTimes).toHaveLength(1);
    await exportUntilTaken();
    // A delivery that starts just before the pause ends may time out and be sent again.
    expect(requestTimes.length).toBeGreaterThanOrEqual(2);
    // Dates have whole seconds.
    expect(requestTimes[1]! - requestTimes[0]!).toBeGreaterThan(900);
  });

  it('of 503 is waited for within a delivery that has the time', async () => {
    vi.stubEnv('OTEL_EXPORTER_OTLP_TIMEOUT', '10000');
    newExporter();
    answers = [refuse({ 'retry-after': '1' }, 503)];
    expect(await exportOne()).toBeUndefined();
    expect(requestTimes).toHaveLength(2);
    expect(requestTimes[1]! - requestTimes[0]!).toBeGreaterThan(990);
  });

  it.each([String(YEAR_SECONDS), '9'.repeat(40), 'Fri, 31 Dec 9999 23:59:59 GMT'])(
    'of %s counts up to the ceiling, which is an hour by default',
    async (wish) => {
      newExporter();
      answers = [refuse({ 'retry-after': wish })];
      expect((await exportOne())?.failure.retryAfterMs).toBeLessThanOrEqual(3_600_000);

      requestTimes.length = 0;
      newExporter(300);
      answers = [refuse({ 'retry-after': wish })];
      await exportUntilTaken();
      expect(requestTimes).toHaveLength(2);
    },
  );

  it.each(['0', '-1', 'soon', '', '1e9', 'Thu, 01 Jan 1970 00:00:00 GMT'])(
    'of "%s" is no advice: the ordinary pause applies',
    async (wish) => {
      newExporter();
      answers = [refuse({ 'retry-after': wish })];
      const failure = (await exportOne())?.failure;
      expect(failure).toMatchObject({ cause: '429', retryable: true });
      expect(failure).not.toHaveProperty('retryAfterMs');
      expect(await exportOne()).toBeUndefined();
    },
  );

  it('of a final status means nothing', async () => {
    newExporter();
    answers = [refuse({ 'retry-after': '60' }, 400)];
    expect((await exportOne())?.failure).toMatchObject({ retryable: false });
    expect(await exportOne()).toBeUndefined();
  });
});

describe('a queue before a backend that asks to wait', () => {
  let queue: ExportQueue;
  const newQueue = (): void => {
    newExporter();
    queue = new ExportQueue({
      exporter,
      destination: 'backend',
      maxExportBatchSize: 10,
      scheduleDelayMs: 20,
      log: () => {},
    });
  };

  it('sends nothing until then, even with full batches, and keeps the spans with links', async () => {
    newQueue();
    answers = [refuse({ 'retry-after': '2' })];
    const flood = setInterval(() => {
      for (let child = 0; child < 9; child++) queue.onEnd(endedSpan());
      queue.onEnd(endedSpan({ links: 2 }));
    }, 50);
    await vi.waitUntil(() => requestTimes.length >= 2, { timeout: 30_000 });
    clearInterval(flood);
    expect(requestTimes[1]! - requestTimes[0]!).toBeGreaterThan(1_990);
    expect(await queue.flush(10_000)).toBe(true);
    expect(queue.counters()).toMatchObject({ queued: 0, failed: { exports: 1, spans: 9 } });
    await queue.close();
  });

  it('stops without waiting for a year, and asks at most once more', async () => {
    newQueue();
    answers = Array<Answer>(50).fill(refuse({ 'retry-after': String(YEAR_SECONDS) }));
    for (let span = 0; span < 100; span++) queue.onEnd(endedSpan({ links: 1 }));
    await vi.waitUntil(() => requestTimes.length > 0, { timeout: 30_000 });
    await sleep(500);
    expect(requestTimes).toHaveLength(1);
    const startMs = performance.now();
    expect(await queue.close(20_000)).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(10_000);
    expect(requestTimes).toHaveLength(2);
  });
});

describe('text of a backend', () => {
  it('cannot reach a terminal through a reason phrase', async () => {
    const rude = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () =>
        socket.end(
          `HTTP/1.1 400 \x1b[2J\x9b31mowned\x07${'x'.repeat(2_000)}\r\ncontent-length: 0\r\n\r\n`,
          'latin1',
        ),
      );
    });
    await new Promise<void>((resolve) => rude.listen(0, '127.0.0.1', resolve));
    vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', `http://127.0.0.1:${(rude.address() as AddressInfo).port}`);
    newExporter();
    const reason = (await exportOne())?.message ?? '';
    rude.close();
    expect(reason).toMatch(/^HTTP 400 \\u001b\[2J\\u009b31mowned\\u0007x+…$/);
    expect(reason.length).toBeLessThan(400);
  });

  it('cannot reach a terminal through the message of a partial success', async () => {
    const lines: string[] = [];
    const note = (line: string): void => void lines.push(line);
    diag.setLogger({ error: note, warn: note, info: note, debug: note, verbose: note }, DiagLogLevel.WARN);
    newExporter(undefined, 'http/json');
    answers = [
      (response) =>
        response
          .writeHead(200, { 'content-type': 'application/json' })
          .end(
            JSON.stringify({ partialSuccess: { rejectedSpans: '1', errorMessage: '\u001b]0;owned\u0007' } }),
          ),
    ];
    expect(await exportOne()).toBeUndefined();
    diag.disable();
    expect(lines).toEqual(['the backend rejected 1: \\u001b]0;owned\\u0007']);
  });
});
