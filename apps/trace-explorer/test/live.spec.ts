import { once } from 'node:events';
import { connect } from 'node:net';
import type { LiveTraces } from '@span-links/explorer-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_SCHEMAS } from '../src/api/api-schemas.ts';
import { LiveFeed } from '../src/live/live-feed.ts';
import { postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer();
});
afterAll(() => explorer.close());

/** The events of a stream, one after the other. */
async function* eventsOf(response: Response) {
  let text = '';
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = Object.fromEntries(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/s)),
      ) as Record<string, string | undefined>;
      text = text.slice(end + 2);
      const { event, data } = fields;
      if (event && data) yield { event, data: JSON.parse(data) as LiveTraces };
    }
  }
}

async function listen(headers: Record<string, string> = {}) {
  const controller = new AbortController();
  const response = await fetch(`${explorer.url}/api/v1/live`, { headers, signal: controller.signal });
  return { response, events: eventsOf(response), stop: () => controller.abort() };
}

describe('live updates', () => {
  it('contain new traces, and traces that gained a link', async () => {
    const { response, events, stop } = await listen();
    expect(response.headers.get('content-type')).toBe('text/event-stream');
    expect(response.headers.get('cache-control')).toBe('no-store');
    const links = [{ traceId: traceIdOf(1), spanId: spanIdOf(1) }];
    await postJson(explorer.url, requestOf([spanOf(traceIdOf(2), spanIdOf(2), { links })]));
    const { value } = await events.next();
    expect(value).toMatchObject({
      event: 'traces',
      data: {
        traces: [{ traceId: traceIdOf(2), linkCount: 1 }],
        linkedTraceIds: [traceIdOf(1)],
        overflow: false,
      },
    });
    expect(API_SCHEMAS.LiveTraces.safeParse(value?.data).error).toBeUndefined();
    stop();
    await expect.poll(() => explorer.explorer.live.readerCount).toBe(0);
  });

  it('tell a reader that comes back to query again', async () => {
    const { events, stop } = await listen({ 'last-event-id': '1' });
    expect((await events.next()).value).toMatchObject({
      event: 'traces',
      data: { traces: [], overflow: true },
    });
    stop();
  });

  it('list at most a hundred traces, and report that there are more', async () => {
    const { events, stop } = await listen();
    const spans = Array.from({ length: 150 }, (_, n) => spanOf(traceIdOf(1_000 + n), spanIdOf(1)));
    await postJson(explorer.url, requestOf(spans));
    const { value } = await events.next();
    expect(value?.data.traces).toHaveLength(100);
    expect(value?.data.overflow).toBe(true);
    stop();
  });

  it('say that log records came in, and for which traces', async () => {
    const { events, stop } = await listen();
    const logRecords = [
      { timeUnixNano: '1795377194750000000', traceId: traceIdOf(9), spanId: spanIdOf(9) },
      {},
    ];
    const resourceLogs = [{ scopeLogs: [{ logRecords }] }];
    await postJson(explorer.url, { resourceLogs }, {}, '/v1/logs');
    const { value } = await events.next();
    expect(value).toEqual({ event: 'logs', data: { count: 2, traceIds: [traceIdOf(9)], overflow: false } });
    expect(API_SCHEMAS.LiveLogs.safeParse(value?.data).error).toBeUndefined();
    stop();
  });

  it('report what retention deleted', async () => {
    const small = await openTestExplorer();
    try {
      await postJson(small.url, requestOf([spanOf(traceIdOf(5), spanIdOf(5))]));
      const response = await fetch(`${small.url}/api/v1/live`);
      small.explorer.live.noteEvicted({ traceIds: [traceIdOf(5), traceIdOf(6)], beforeNs: 7n });
      small.explorer.live.noteEvicted({ traceIds: [traceIdOf(7)], beforeNs: 5n });
      const { value } = await eventsOf(response).next();
      expect(value).toEqual({ event: 'evicted', data: { before: '7', traceCount: 3 } });
    } finally {
      await small.close();
    }
  });
});

describe('a feed', () => {
  const source = { summaries: async () => [] };
  async function serve(feed: LiveFeed): Promise<{ url: string; server: Server }> {
    const server = createServer((_request, response) => {
      if (!feed.add(response, undefined)) response.writeHead(503).end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
  }
  const stop = (server: Server) => {
    server.closeAllConnections();
    server.close();
  };

  it('accepts no more readers than configured, and says so once a minute', async () => {
    const lines: string[] = [];
    const feed = new LiveFeed(source, { maxReaders: 1, onRefused: (line) => lines.push(line) });
    const { url, server } = await serve(feed);
    const first = await fetch(url);
    expect([first.status, (await fetch(url)).status]).toEqual([200, 503]);
    for (let n = 0; n < 5; n++) expect((await fetch(url)).status).toBe(503);
    expect(lines).toEqual(['refused live updates 1 times: 1 are reading already']);
    feed.end();
    await first.text();
    expect((await fetch(url)).status).toBe(200);
    feed.end();
    stop(server);
  });

  it('disconnects a reader that does not read, and continues for the others', async () => {
    const feed = new LiveFeed(source, { pauseMs: 1, maxUnreadBytes: 100_000 });
    const { url, server } = await serve(feed);
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nhost: localhost\r\n\r\n');
    await expect.poll(() => feed.readerCount).toBe(1);
    socket.pause();
    const reading = await fetch(url);
    const events = eventsOf(reading);
    const linkedTraceIds = Array.from({ length: 1_000 }, (_, n) => traceIdOf(n));
    for (let n = 0; n < 2_000 && feed.readerCount > 1; n++) {
      feed.noteStored({ traceIds: [], linkedTraceIds });
      await events.next();
    }
    expect(feed.readerCount).toBe(1);
    socket.destroy();
    feed.end();
    stop(server);
  });

  it('sends heartbeats while nothing happens', async () => {
    const feed = new LiveFeed(source, { heartbeatMs: 5 });
    const { url, server } = await serve(feed);
    const reader = (await fetch(url)).body!.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    let text = '';
    while (!text.includes(':\n\n:\n\n')) text += new TextDecoder().decode((await reader.read()).value);
    expect(text).toMatch(/^retry: 2000\n\n(?::\n\n)+$/);
    feed.end();
    stop(server);
  });

  it('tells its readers to query again if the database is not available', async () => {
    const broken = new LiveFeed({ summaries: () => Promise.reject(new Error('away')) }, { pauseMs: 1 });
    const { url, server } = await serve(broken);
    const events = eventsOf(await fetch(url));
    broken.noteStored({ traceIds: [traceIdOf(1)], linkedTraceIds: [] });
    expect((await events.next()).value).toMatchObject({ data: { traces: [], overflow: true } });
    broken.end();
    stop(server);
  });
});
