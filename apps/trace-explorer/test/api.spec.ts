import { setTimeout as sleep } from 'node:timers/promises';
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
  await journeysKept(explorer);
});

/** Waits until the journeys of all orders include the batch and have settled. */
async function journeysKept({ url }: TestExplorer): Promise<void> {
  const path = '/api/v1/journeys?q=journey.state%3Ddone,failed';
  while ((await getJson<{ journeys: object[] }>(url, path)).journeys.length < 3) await sleep(200);
  while ((await getJson<{ pendingSpans: number }>(url, '/api/v1/map')).pendingSpans > 0) await sleep(200);
}
afterAll(() => explorer.close());

const MAP_RANGE = `from=${START - 60_000_000_000n}&to=${START + 600_000_000_000n}`;
const batchPath = `/api/v1/traces/${BATCH.traceId}`;
const spanPath = `${batchPath}/spans/${BATCH.spanId}`;

/**
 * The time of storing and the disk space may differ from run to run. The format is that of
 * Prettier, which checks these files too.
 */
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
    ['links-of-order', 'LinkPage', `${spanPath}/links?q=order.id%3Do-1%20link.n%3E0`],
    ['links-of-value', 'LinkPage', `${spanPath}/links?by=attr.order.id&value=o-2&limit=1`],
    ['links-with-names', 'LinkPage', `${spanPath}/links?include=names&limit=1`],
    ['trace-names', 'TraceNames', `/api/v1/trace-names?traceId=${traceIdOf(2)},${BATCH.traceId}`],
    ['links-without', 'LinkPage', `${spanPath}/links?without=link.n&limit=1`],
    ['link-attributes', 'LinkAttributes', `${spanPath}/links/attributes`],
    ['link-groups', 'LinkGroups', `${spanPath}/links/groups?by=attr.order.id&gapFrom=0`],
    ['links-in', 'LinkPage', `/api/v1/traces/${traceIdOf(2)}/spans/${spanIdOf(2)}/links?direction=in`],
    ['graph', 'LinkGraph', `${batchPath}/graph`],
    ['graph-of-a-source', 'LinkGraph', `/api/v1/traces/${traceIdOf(3)}/graph?depth=1`],
    ['journeys', 'JourneyPage', '/api/v1/journeys'],
    [
      'journeys-found',
      'JourneyPage',
      `/api/v1/journeys?q=${encodeURIComponent('order.id=o-1 journey.wait>10s journey.state=done')}`,
    ],
    ['journeys-by-wait', 'JourneyPage', '/api/v1/journeys?sort=waiting&limit=1'],
    ['journey', 'JourneyView', `/api/v1/journeys/${traceIdOf(3)}`],
    ['map', 'LinkMap', `/api/v1/map?${MAP_RANGE}`],
    ['errors', 'ErrorPage', `/api/v1/errors?${MAP_RANGE}`],
    ['found-spans', 'SpanMatches', `/api/v1/traces/${traceIdOf(2)}/find?text=O-1`],
    ['waits', 'WaitPage', `/api/v1/waits?${MAP_RANGE}`],
    ['services', 'ServiceList', '/api/v1/services'],
    ['stats', 'ExplorerStats', '/api/v1/stats'],
    ['suggestions-key', 'Suggestions', '/api/v1/suggestions?q=status%3Derror%20link'],
    ['suggestions-value', 'Suggestions', '/api/v1/suggestions?q=name%3Dre%20has:links&at=7'],
    ['suggestions-attribute', 'Suggestions', '/api/v1/suggestions?q=order.id%3Do'],
    ['suggestions-words', 'Suggestions', '/api/v1/suggestions?q=has%3A'],
  ])('has the recorded answer to %s, which matches its documentation', async (name, schema, path) => {
    const answer = await getJson(explorer.url, path);
    expect(API_SCHEMAS[schema].safeParse(answer).error).toBeUndefined();
    await expect(await stable(answer)).toMatchFileSnapshot(`golden/${name}.json`);
  });

  it('returns every span once over pages of one', async () => {
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

  it.each(['newest', 'total', 'waiting'])(
    'returns every journey once by %s, over pages of one',
    async (sort) => {
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: { journeys: { journeyId: string }[]; nextCursor: string | null } = await getJson(
          explorer.url,
          `/api/v1/journeys?limit=1&sort=${sort}&q=name%3Dprocess-batch${cursor === null ? '' : `&cursor=${cursor}`}`,
        );
        seen.push(...page.journeys.map(({ journeyId }) => journeyId));
        cursor = page.nextCursor;
      } while (cursor !== null);
      // The first order waited longest.
      const byStart = [traceIdOf(1), traceIdOf(2), traceIdOf(3)];
      expect(seen).toEqual(sort === 'newest' ? byStart.reverse() : byStart);
    },
  );

  it('leads from any trace of a journey to it, and from a batch to its newest journey', async () => {
    const { summary, memberOf } = await getJson<{ summary: { journeyId: string }; memberOf: number }>(
      explorer.url,
      `/api/v1/journeys/${BATCH.traceId}`,
    );
    expect([summary.journeyId, memberOf]).toEqual([traceIdOf(3), 3]);
  });

  it('limits a search to a time range', async () => {
    const from = START + 5_000_000n;
    const path = `/api/v1/traces?from=${from}&to=${START + 1_000_000_000n}`;
    const { traces } = await getJson<{ traces: { traceId: string }[] }>(explorer.url, path);
    expect(traces.map(({ traceId }) => traceId)).toEqual([traceIdOf(3), traceIdOf(2)]);
  });

  it('reports the place of an error in a query', async () => {
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
    [400, `${spanPath}/links?gapFrom=1.5`, 'gapFrom'],
    [400, `${spanPath}/links?by=order.id`, 'attr.'],
    [400, `${spanPath}/links?q=word`, 'attributes'],
    [400, `${spanPath}/links/groups`, 'by'],
    [400, '/api/v1/trace-names?traceId=abc', 'trace IDs'],
    [400, '/api/v1/trace-names', 'traceId'],
    [404, `${batchPath}/spans/${spanIdOf(0xdead)}/links/attributes`, 'span'],
    [404, `${batchPath}/spans/${spanIdOf(0xdead)}/links/groups?by=link.n`, 'span'],
    [400, `${batchPath}/graph?spanId=zz`, 'spanId'],
    [400, '/api/v1/traces/abc', 'hex'],
    [400, `${batchPath}/spans/${'z'.repeat(16)}`, 'hex'],
    [404, `/api/v1/traces/${traceIdOf(0xdead)}`, 'trace'],
    [404, `${batchPath}/spans/${spanIdOf(0xdead)}`, 'span'],
    [404, `${batchPath}/spans/${spanIdOf(0xdead)}/links`, 'span'],
    [404, `${batchPath}/graph?spanId=${spanIdOf(0xdead)}`, 'span'],
    [400, '/api/v1/journeys?sort=best', 'sort'],
    [400, '/api/v1/journeys?link=a', 'link'],
    [400, '/api/v1/map?from=soon', 'from'],
    [400, '/api/v1/waits?from=0', '31 days'],
    [400, '/api/v1/journeys?cursor=AAAA', 'cursor'],
    [400, '/api/v1/journeys?q=journey.state%3Dgone', 'waiting'],
    [400, '/api/v1/traces?q=journey.wait%3E1s', 'list of journeys'],
    [400, '/api/v1/journeys/abc', 'hex'],
    [404, `/api/v1/journeys/${traceIdOf(0xdead)}`, 'journey'],
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

  it('accepts ids in upper case, and answers 304 to a browser that already has the answer', async () => {
    const path = `${explorer.url}${batchPath.toUpperCase().replace('/API/V1/TRACES', '/api/v1/traces')}`;
    const first = await fetch(path);
    expect([first.status, first.headers.get('cache-control')]).toEqual([200, 'private, no-cache']);
    // Without this cache-control, fetch asks for an answer that is not cached.
    const headers = { 'if-none-match': first.headers.get('etag') ?? '', 'cache-control': 'max-age=0' };
    const again = await fetch(path, { headers });
    expect(again.status).toBe(304);
  });

  it('documents every answer with a schema, and also OTLP', async () => {
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
      // Streams have no schema of a whole answer.
      if (!path.startsWith('/api/v1/') || /\/(?:live|export|export\/html|import)$/.test(path)) continue;
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
  ])('has the recorded answer to %s', async (name, path) => {
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

// Comes last so that the lists above do not know its service.
it('an end before the start is kept as it was sent', async () => {
  const ids = [traceIdOf(0xe0), spanIdOf(0xe0)] as const;
  await postJson(
    explorer.url,
    requestOf([spanOf(...ids, { endTimeUnixNano: '1795377189750000000' })], 'odd'),
  );
  expect(await getJson(explorer.url, `/api/v1/traces/${ids[0]}/spans/${ids[1]}`)).toMatchObject({
    startTime: '1795377194750000000',
    endTime: '1795377189750000000',
    durationNs: 0,
  });
});
