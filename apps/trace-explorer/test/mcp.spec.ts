import { fileURLToPath } from 'node:url';
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { getJson, postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const CLI = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url));
const PRODUCER = 4;
const CONSUMER = 5;
const BATCH = { traceId: traceIdOf(100), spanId: spanIdOf(100) };
/** Nobody takes this one. */
const LONELY = traceIdOf(200);
const minutesAgo = (minutes: number, moreMs = 0) => ({
  startTimeUnixNano: `${Date.now() - minutes * 60_000 + moreMs}000000`,
  endTimeUnixNano: `${Date.now() - minutes * 60_000 + moreMs + 5}000000`,
});

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer();
  const orders = Array.from({ length: 30 }, (_, n) =>
    spanOf(traceIdOf(n + 1), spanIdOf(n + 1), {
      name: 'receive-order',
      kind: PRODUCER,
      attributes: [{ key: 'order.id', value: { stringValue: `o-${n + 1}` } }],
      ...minutesAgo(12),
    }),
  );
  const links = orders.map(({ traceId, spanId }) => ({
    traceId,
    spanId,
    attributes: [{ key: 'spanlinks.relation', value: { stringValue: 'origin' } }],
  }));
  const batch = spanOf(BATCH.traceId, BATCH.spanId, {
    name: 'process-batch',
    kind: CONSUMER,
    links,
    ...minutesAgo(9),
  });
  const failures = Array.from({ length: 3 }, (_, n) =>
    spanOf(BATCH.traceId, spanIdOf(300 + n), {
      parentSpanId: BATCH.spanId,
      name: 'charge-card',
      status: { code: 2, message: 'the bank\u001b[2J said no' },
      ...minutesAgo(9, n),
    }),
  );
  const lonely = spanOf(LONELY, spanIdOf(200), { name: 'send lonely', kind: PRODUCER, ...minutesAgo(25) });
  await postJson(explorer.url, requestOf([...orders, lonely], 'orders-api'));
  await postJson(explorer.url, requestOf([batch, ...failures], 'orders-batch'));
  await postJson(explorer.url, logsRequest(), {}, '/v1/logs');
  const waiting = '/api/v1/journeys?q=journey.state%3Dwaiting,overdue';
  const patience = { timeout: 60_000, interval: 200 };
  await vi.waitFor(async () => {
    const { journeys } = await getJson<{ journeys: { journeyId: string }[] }>(explorer.url, waiting);
    expect(journeys.map(({ journeyId }) => journeyId)).toEqual([LONELY]);
    const path = `/api/v1/journeys/${traceIdOf(1)}`;
    const { summary } = await getJson<{ summary: { path: unknown[] } }>(explorer.url, path);
    expect(summary.path).toHaveLength(2);
  }, patience);
});
afterAll(() => explorer.close());

/** The exception of a failed span, and a warning without a trace. */
function logsRequest() {
  const text = (value: string) => ({ stringValue: value });
  const exception = {
    timeUnixNano: minutesAgo(9).startTimeUnixNano,
    severityNumber: 17,
    eventName: 'exception',
    traceId: BATCH.traceId,
    spanId: spanIdOf(300),
    attributes: [
      { key: 'exception.type', value: text('BankError') },
      { key: 'exception.message', value: text('the bank\nis closed') },
    ],
  };
  const warning = {
    timeUnixNano: minutesAgo(3).startTimeUnixNano,
    severityNumber: 13,
    body: text('the queue is long'),
  };
  const resource = { attributes: [{ key: 'service.name', value: text('orders-batch') }] };
  return { resourceLogs: [{ resource, scopeLogs: [{ scope: {}, logRecords: [exception, warning] }] }] };
}

const ways = {
  'over HTTP, as clients of 2025 do': async () => {
    const client = new Client({ name: 'test', version: '1' });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${explorer.url}/mcp`)));
    return client;
  },
  'over HTTP, as clients of 2026 do': async () => {
    const client = new Client({ name: 'test', version: '1' }, { versionNegotiation: { mode: 'auto' } });
    await client.connect(new StreamableHTTPClientTransport(new URL(`${explorer.url}/mcp`)));
    return client;
  },
  'over standard input and output': async () => {
    const client = new Client({ name: 'test', version: '1' });
    const args = [CLI, 'mcp', '--url', explorer.url];
    await client.connect(new StdioClientTransport({ command: process.execPath, args }));
    return client;
  },
};

async function call(client: Client, name: string, given: Record<string, unknown> = {}) {
  const { content, isError } = await client.callTool({ name, arguments: given });
  const [first] = content as { text: string }[];
  return { text: first?.text ?? '', isError: isError ?? false };
}

describe.each(Object.entries(ways))('tools for agents %s', (_way, connect) => {
  let client: Client;
  beforeAll(async () => {
    client = await connect();
  });
  afterAll(() => client.close());

  it('are listed as tools that only read', async () => {
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).sort()).toEqual([
      'errors',
      'find_journeys',
      'get_trace',
      'logs_of',
      'search_spans',
      'unconsumed',
      'who_links_here',
      'why_slow',
    ]);
    for (const { annotations, description } of tools) {
      expect(annotations?.readOnlyHint).toBe(true);
      expect(description).not.toBe('');
    }
    expect(client.getInstructions()).toContain('never instructions');
  });

  it('find journeys, report that there are more, and name the page', async () => {
    const { text } = await call(client, 'find_journeys', {
      query: 'service=orders-api name=receive-order',
      limit: 3,
    });
    expect(text.match(/^order\.id=o-\d+ .*traceId [0-9a-f]{32}$/gm)).toHaveLength(3);
    expect(text).toContain('Omitted: more journeys; narrow the query or raise limit.');
    expect(text).toContain(`Page: ${explorer.url}/?q=service`);
  });

  it('show the critical path across links', async () => {
    const { text } = await call(client, 'why_slow', { traceId: traceIdOf(1) });
    expect(text).toMatch(/The largest part is the wait before orders-batch process-batch \(\d+ %\)\./);
    expect(text).toMatch(/- waits 3 m 0 s, then orders-batch process-batch works .* 30 sources/);
    expect(text).toContain(`Page: ${explorer.url}/journey/${traceIdOf(1)}`);
  });

  it('show a trace as a tree, errors and links first', async () => {
    const { text } = await call(client, 'get_trace', { traceId: BATCH.traceId, limit: 2 });
    expect(text).toContain('- orders-batch process-batch, consumer');
    expect(text).toContain('30 links');
    expect(text).toMatch(/^ {2}- orders-batch charge-card.*ERROR/m);
    expect(text).toContain('Omitted: 2 spans');
    expect(text).toContain(`Page: ${explorer.url}/trace/${BATCH.traceId}`);
  });

  it('show the spans that link to a span', async () => {
    const { text } = await call(client, 'who_links_here', { traceId: traceIdOf(1), spanId: spanIdOf(1) });
    expect(text).toContain('1 links lead here, 1 from orders-batch');
    expect(text).toMatch(
      new RegExp(
        `- orders-batch process-batch, unset, .*relation origin, .* later {2}traceId ${BATCH.traceId}`,
      ),
    );
    const none = await call(client, 'who_links_here', { traceId: BATCH.traceId });
    expect(none.text).toContain('No link leads to a span of this trace.');
  });

  it('show messages that nobody took', async () => {
    const { text } = await call(client, 'unconsumed', { longerThan: '10m' });
    expect(text).toMatch(/^waits 2\d m \d+ s {2}.*send lonely/);
    expect((await call(client, 'unconsumed', { longerThan: '2h' })).text).toContain(
      'Nothing has waited for longer than 2h.',
    );
  });

  it('group errors, with the newest message on one line', async () => {
    const { text } = await call(client, 'errors', { service: 'orders-batch' });
    expect(text).toMatch(/^3 × orders-batch charge-card: "the bank \[2J said no", last at /);
  });

  it('search spans', async () => {
    const { text } = await call(client, 'search_spans', { query: 'has:links', since: '1h' });
    expect(text).toMatch(/orders-batch process-batch, unset, .* 30 links, 0 links lead here/);
    expect(text).toContain('Omitted: attributes and events.');
  });

  it('tell the log records of a span, and the newest of a service', async () => {
    const ofSpan = await call(client, 'logs_of', { traceId: BATCH.traceId, spanId: spanIdOf(300) });
    expect(ofSpan.text).toMatch(
      / {2}ERROR {2}orders-batch {2}exception {2}BankError: the bank is closed {2}traceId /,
    );
    expect(ofSpan.text).toContain(`Page: ${explorer.url}/trace/${BATCH.traceId}?spanId=${spanIdOf(300)}`);
    const newest = await call(client, 'logs_of', { service: 'orders-batch', severity: 'warn' });
    expect(newest.text.split('\n')[0]).toMatch(
      / {2}WARN {2}orders-batch {2}"the queue is long" {2}no trace$/,
    );
    expect((await call(client, 'logs_of', { text: 'nothing such' })).text).toContain(
      'No log record fulfils this.',
    );
  });

  it.each([
    ['logs_of', { spanId: spanIdOf(300) }, 'spanId needs the traceId'],
    ['get_trace', { traceId: 'abc' }, 'must be 32 hex digits'],
    ['get_trace', { traceId: traceIdOf(9_999) }, 'There is no trace with this ID here.'],
    ['search_spans', { query: 'duration>' }, 'a value is missing here, at character 9 of the query'],
    ['search_spans', { since: 'soon' }, 'since is "soon"; write 30m'],
    ['find_journeys', { limit: 5_000 }, '50'],
  ])('%s with %j reports the error', async (name, given, message) => {
    const { text, isError } = await call(client, name, given);
    expect([isError, text]).toEqual([true, expect.stringContaining(message)]);
  });
});

describe('the address of the tools', () => {
  const initialize = JSON.stringify({
    jsonrpc: '2.0',
    id: 1,
    method: 'initialize',
    params: { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'test', version: '1' } },
  });
  const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };

  it('requires the token, and accepts it from the client', async () => {
    const token = 'a-token-for-the-tools';
    const guarded = await openTestExplorer({ token });
    try {
      const url = new URL(`${guarded.url}/mcp`);
      expect((await fetch(url, { method: 'POST', headers, body: initialize })).status).toBe(401);
      const client = new Client({ name: 'test', version: '1' });
      const requestInit = { headers: { authorization: `Bearer ${token}` } };
      await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
      expect((await call(client, 'errors')).text).toContain('No span failed since 1h.');
      await client.close();
    } finally {
      await guarded.close();
    }
  });

  it('refuses pages of other sites, bodies that are too large, and methods that open a stream', async () => {
    const url = `${explorer.url}/mcp`;
    const foreign = { ...headers, origin: 'https://elsewhere.example', 'sec-fetch-site': 'cross-site' };
    expect((await fetch(url, { method: 'POST', headers: foreign, body: initialize })).status).toBe(403);
    const large = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'ping',
      params: { text: 'x'.repeat(2 ** 20) },
    });
    expect((await fetch(url, { method: 'POST', headers, body: large })).status).toBe(413);
    expect((await fetch(url, { headers })).status).toBe(405);
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(405);
  });

  it('is not part of the page or the documented API', async () => {
    const answer = await fetch(`${explorer.url}/mcp`, { headers: { accept: 'text/html' } });
    expect(answer.headers.get('content-type') ?? '').not.toContain('text/html');
    expect(JSON.stringify(await getJson(explorer.url, '/docs-json'))).not.toContain('"/mcp"');
  });
});
