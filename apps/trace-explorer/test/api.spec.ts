import { format } from 'prettier';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { API_SCHEMAS, type ApiSchemaName } from '../src/api/api-schemas.ts';
import { getJson, postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const START = 1_795_377_194_750_000_000n;
const ORDERS = [1, 2, 3].map((n) => ({ traceId: traceIdOf(n), spanId: spanIdOf(n) }));
const BATCH = { traceId: traceIdOf(0xba), spanId: spanIdOf(0xba) };

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer();
  const times = (startMs: number, durationMs: number) => ({
    startTimeUnixNano: String(START + BigInt(startMs) * 1_000_000n),
    endTimeUnixNano: String(START + BigInt(startMs + durationMs) * 1_000_000n),
  });
  const orders = ORDERS.map(({ traceId, spanId }, n) =>
    spanOf(traceId, spanId, {
      ...times(n * 10, 5),
      name: 'receive-order',
      kind: 4,
      status: n === 2 ? { code: 2, message: 'no stock' } : {},
      attributes: [{ key: 'order.id', value: { stringValue: `o-${n}` } }],
    }),
  );
  const child = spanOf(traceIdOf(1), spanIdOf(0x11), {
    ...times(1, 2),
    name: 'validate',
    parentSpanId: spanIdOf(1),
  });
  await postJson(explorer.url, requestOf([...orders, child]));
  const links = [
    ...ORDERS.map((target, n) => ({
      ...target,
      flags: 0x301,
      attributes: [
        { key: 'spanlinks.relation', value: { stringValue: 'origin' } },
        { key: 'n', value: { intValue: String(n) } },
      ],
    })),
    { traceId: traceIdOf(0xdead), spanId: spanIdOf(0xdead), flags: 0x301 },
    { traceId: traceIdOf(0), spanId: spanIdOf(1) },
  ];
  const batch = spanOf(BATCH.traceId, BATCH.spanId, {
    ...times(60_000, 40),
    name: 'process-batch',
    kind: 5,
    links,
    droppedLinksCount: 2,
    traceState: 'vendor=1',
    attributes: [
      { key: 'batch.size', value: { intValue: '7' } },
      { key: 'ratio', value: { doubleValue: 0.5 } },
      { key: 'bytes', value: { bytesValue: 'AQID' } },
      {
        key: 'nested',
        value: {
          kvlistValue: {
            values: [{ key: 'a', value: { arrayValue: { values: [{ boolValue: true }, {}] } } }],
          },
        },
      },
    ],
    events: [{ timeUnixNano: String(START + 60_010_000_000n), name: 'claimed', attributes: [] }],
  });
  await postJson(explorer.url, requestOf([batch], 'orders-batch'));
});
afterAll(() => explorer.close());

const batchPath = `/api/v1/traces/${BATCH.traceId}`;
const spanPath = `${batchPath}/spans/${BATCH.spanId}`;

/** When it was stored, and what it takes on the disk, may differ from run to run. As Prettier writes it, which checks these files too. */
const stable = (answer: object) =>
  format(
    JSON.stringify(answer, (key, value: unknown) => (key === 'receivedAt' || key === 'bytes' ? 0 : value), 2),
    { parser: 'json', printWidth: 110 },
  );

describe('the API', () => {
  it.each<[string, ApiSchemaName, string]>([
    ['traces', 'TracePage', '/api/v1/traces'],
    ['spans-with-links', 'SpanPage', '/api/v1/spans?q=has:links'],
    ['trace', 'TraceView', `/api/v1/traces/${traceIdOf(1)}`],
    ['span', 'SpanDetail', spanPath],
    ['links-out', 'LinkPage', `${spanPath}/links`],
    ['links-out-details', 'LinkPage', `${spanPath}/links?include=details&sort=gap&order=desc&limit=2`],
    ['links-of-errors', 'LinkPage', `${spanPath}/links?status=error&relation=origin&service=orders-api`],
    ['links-in', 'LinkPage', `/api/v1/traces/${traceIdOf(2)}/spans/${spanIdOf(2)}/links?direction=in`],
    ['graph', 'LinkGraph', `${batchPath}/graph`],
    ['graph-of-a-source', 'LinkGraph', `/api/v1/traces/${traceIdOf(3)}/graph?depth=1`],
    ['services', 'ServiceList', '/api/v1/services'],
    ['stats', 'ExplorerStats', '/api/v1/stats'],
    ['suggestions-key', 'Suggestions', '/api/v1/suggestions?q=status%3Derror%20link'],
    ['suggestions-value', 'Suggestions', '/api/v1/suggestions?q=name%3Dre%20has:links&at=7'],
    ['suggestions-attribute', 'Suggestions', '/api/v1/suggestions?q=order.id%3Do'],
    ['suggestions-words', 'Suggestions', '/api/v1/suggestions?q=has%3A'],
  ])('answers %s as it always has, and as its documentation says', async (name, schema, path) => {
    const answer = await getJson(explorer.url, path);
    expect(API_SCHEMAS[schema].safeParse(answer).error).toBeUndefined();
    await expect(await stable(answer)).toMatchFileSnapshot(`golden/${name}.json`);
  });

  it('hands out every span once over pages of one', async () => {
    const seen: string[] = [];
    let cursor: string | null = null;
    do {
      const page: { traces: { traceId: string }[]; nextCursor: string | null } = await getJson(
        explorer.url,
        `/api/v1/traces?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`,
      );
      seen.push(...page.traces.map(({ traceId }) => traceId));
      cursor = page.nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual([BATCH.traceId, traceIdOf(3), traceIdOf(2), traceIdOf(1)]);
  });

  it('limits a search to a range of time', async () => {
    const from = START + 5_000_000n;
    const path = `/api/v1/traces?from=${from}&to=${START + 1_000_000_000n}`;
    const { traces } = await getJson<{ traces: { traceId: string }[] }>(explorer.url, path);
    expect(traces.map(({ traceId }) => traceId)).toEqual([traceIdOf(3), traceIdOf(2)]);
  });

  it('says where a query goes wrong', async () => {
    const response = await fetch(
      `${explorer.url}/api/v1/traces?q=${encodeURIComponent('service=a duration>fast')}`,
    );
    expect([response.status, response.headers.get('content-type')]).toEqual([
      400,
      'application/problem+json',
    ]);
    expect(await response.json()).toMatchObject({
      from: 19,
      to: 23,
      detail: expect.stringContaining('a unit') as string,
    });
  });

  it.each([
    [400, '/api/v1/traces?limit=0', 'limit'],
    [400, '/api/v1/traces?limit=1&limit=2', 'limit'],
    [400, '/api/v1/traces?from=yesterday', 'from'],
    [400, '/api/v1/traces?from=9999999999999999999', 'from'],
    [400, '/api/v1/traces?cursor=AAAA', 'cursor'],
    [400, `${spanPath}/links?direction=up`, 'direction'],
    [400, `${spanPath}/links?cursor=AAAA`, 'cursor'],
    [400, `${batchPath}/graph?spanId=zz`, 'spanId'],
    [400, '/api/v1/traces/abc', 'hex'],
    [400, `${batchPath}/spans/${'z'.repeat(16)}`, 'hex'],
    [404, `/api/v1/traces/${traceIdOf(0xdead)}`, 'trace'],
    [404, `${batchPath}/spans/${spanIdOf(0xdead)}`, 'span'],
    [404, `${batchPath}/spans/${spanIdOf(0xdead)}/links`, 'span'],
    [404, `${batchPath}/graph?spanId=${spanIdOf(0xdead)}`, 'span'],
    [404, '/api/v1/nothing', ''],
  ])('answers %i to %s', async (status, path, named) => {
    const response = await fetch(explorer.url + path);
    const problem = (await response.json()) as object;
    expect([response.status, response.headers.get('content-type')]).toEqual([
      status,
      'application/problem+json',
    ]);
    expect(API_SCHEMAS.Problem.safeParse(problem).success).toBe(true);
    expect(JSON.stringify(problem)).toContain(named);
  });

  it('takes ids in upper case, and answers 304 to a browser that has the answer already', async () => {
    const path = `${explorer.url}${batchPath.toUpperCase().replace('/API/V1/TRACES', '/api/v1/traces')}`;
    const first = await fetch(path);
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
    // Without a cache-control of the test's own, fetch asks for an answer that is not cached.
    const headers = { 'if-none-match': first.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
    const again = await fetch(path, { headers });
    expect(again.status).toBe(304);
  });

  it('documents every answer with a schema, and OTLP beside them', async () => {
    const document = await getJson<{
      paths: Record<
        string,
        Record<
          string,
          { responses: Record<string, { content?: Record<string, { schema: { $ref?: string } }> }> }
        >
      >;
      components: { schemas: Record<string, unknown> };
    }>(explorer.url, '/docs-json');
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/v1/traces', '/api/v1/traces/{traceId}/graph']),
    );
    for (const [path, { get }] of Object.entries(document.paths)) {
      if (!path.startsWith('/api/v1/') || path.endsWith('/live')) continue;
      const ref = get?.responses['200']?.content?.['application/json']?.schema.$ref ?? '';
      expect(document.components.schemas).toHaveProperty([ref.replace('#/components/schemas/', '')]);
    }
    for (const [, name] of JSON.stringify(document).matchAll(/#\/components\/schemas\/(\w+)/g)) {
      expect(document.components.schemas).toHaveProperty([name!]);
    }
  });
});

describe('the Jaeger API', () => {
  it.each([
    ['jaeger-services', '/services'],
    ['jaeger-operation-names', '/services/orders-api/operations'],
    ['jaeger-operations', '/operations?service=orders-batch'],
    [
      'jaeger-search',
      `/traces?service=orders-api&operation=receive-order&tags=${encodeURIComponent('{"error":"true"}')}&start=1&end=1795377194900000&limit=20&lookback=custom&minDuration=1ms&maxDuration=1.5s`,
    ],
    ['jaeger-trace', `/traces/${BATCH.traceId}`],
    ['jaeger-traces-by-id', `/traces?traceID=${traceIdOf(2)}&traceID=${traceIdOf(0xdead)}`],
    ['jaeger-dependencies', '/dependencies?endTs=1795377300000&lookback=86400000'],
  ])('answers %s as it always has', async (name, path) => {
    await expect(await stable(await getJson(explorer.url, `/jaeger/api${path}`))).toMatchFileSnapshot(
      `golden/${name}.json`,
    );
  });

  it.each([
    [400, '/traces', "parameter 'service' is required"],
    [400, '/operations', "parameter 'service' is required"],
    [400, '/traces?service=a&minDuration=fast', 'minDuration'],
    [400, '/traces?service=a&tags=[1]', 'tags'],
    [400, '/traces/xyz', 'cannot parse the trace ID'],
    [404, '/traces/77', 'trace not found'],
  ])("answers %i to %s in Jaeger's own shape", async (status, path, message) => {
    const response = await fetch(`${explorer.url}/jaeger/api${path}`);
    expect([response.status, await response.json()]).toEqual([
      status,
      {
        data: null,
        total: 0,
        limit: 0,
        offset: 0,
        errors: [{ code: status, msg: expect.stringContaining(message) as string }],
      },
    ]);
  });
});
