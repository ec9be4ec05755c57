import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getJson, postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const START_MS = 1_795_377_194_750;
const text = (key: string, value: string) => ({ key, value: { stringValue: value } });

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer();
  const tagged = (n: number, more: Record<string, unknown>) =>
    spanOf(traceIdOf(n), spanIdOf(n), { name: `tagged-${n}`, ...more });
  const spans = [
    tagged(1, { attributes: [text('on.span', 'a'), { key: 'count', value: { intValue: '42' } }] }),
    tagged(2, {
      events: [{ timeUnixNano: `${START_MS}000000`, name: 'retried', attributes: [text('log.field', 'b')] }],
    }),
    tagged(3, { status: { code: 2, message: 'card declined' } }),
    tagged(4, { traceState: 'vendor=4' }),
    tagged(5, {
      attributes: [
        { key: 'list', value: { arrayValue: { values: [{ stringValue: 'x' }, { stringValue: 'y' }] } } },
        { key: 'map', value: { kvlistValue: { values: [{ key: 'k', value: { boolValue: true } }] } } },
      ],
    }),
    tagged(6, {
      links: [{ traceId: traceIdOf(1), spanId: spanIdOf(1), attributes: [text('on.link', 'c')] }],
    }),
  ];
  const own = {
    attributes: [
      text('service.name', 'tags'),
      text('host.name', 'h1'),
      { key: 'port', value: { intValue: '80' } },
    ],
  };
  const scope = { name: 'my-scope', version: '1.2', attributes: [text('on.scope', 'd')] };
  await postJson(explorer.url, { resourceSpans: [{ resource: own, scopeSpans: [{ scope, spans }] }] });
  const rooted = [
    spanOf(traceIdOf(10), spanIdOf(10), {
      name: 'root',
      kind: 2,
      links: [{ traceId: traceIdOf(10), spanId: spanIdOf(11) }],
    }),
    spanOf(traceIdOf(10), spanIdOf(11), {
      name: 'child',
      kind: 3,
      parentSpanId: spanIdOf(10),
      status: { code: 2 },
    }),
    spanOf(traceIdOf(10), spanIdOf(12), { name: 'orphan', kind: 0, parentSpanId: spanIdOf(99) }),
  ];
  await postJson(explorer.url, requestOf(rooted, 'shop'));
  await postJson(
    explorer.url,
    requestOf([spanOf(traceIdOf(10), spanIdOf(13), { name: 'work', parentSpanId: spanIdOf(11) })], 'stock'),
  );
});
afterAll(() => explorer.close());

const get = (path: string) => fetch(`${explorer.url}/jaeger/api${path}`);
const v3Search = (more: Record<string, string> = {}) =>
  new URLSearchParams({
    'query.startTimeMin': new Date(START_MS - 3_600_000).toISOString(),
    'query.startTimeMax': new Date(START_MS + 3_600_000).toISOString(),
    ...more,
  }).toString();

interface Found {
  readonly data: readonly { readonly traceID: string }[];
}

describe('a tag search', () => {
  const found = async (tags: Record<string, string>) => {
    const range = `start=${START_MS * 1000 - 1}&end=${START_MS * 1000 + 1}`;
    const { data } = await getJson<Found>(
      explorer.url,
      `/jaeger/api/traces?service=tags&${range}&tags=${encodeURIComponent(JSON.stringify(tags))}`,
    );
    return data.map(({ traceID }) => Number(`0x${traceID}`)).sort();
  };

  it.each<[string, Record<string, string>, number[]]>([
    ['an attribute of the span', { 'on.span': 'a' }, [1]],
    ['a number', { count: '42' }, [1]],
    ['a tag of the process', { 'host.name': 'h1' }, [1, 2, 3, 4, 5, 6]],
    ['a number of the process', { port: '80' }, [1, 2, 3, 4, 5, 6]],
    ['a tag of the process with its prefix', { 'resource.host.name': 'h1' }, [1, 2, 3, 4, 5, 6]],
    ['a field of a log', { 'log.field': 'b' }, [2]],
    ['the name of a log', { event: 'retried' }, [2]],
    ['the scope', { 'otel.scope.name': 'my-scope', 'otel.scope.version': '1.2' }, [1, 2, 3, 4, 5, 6]],
    ['an attribute of the scope', { 'on.scope': 'd' }, [1, 2, 3, 4, 5, 6]],
    ['the description of the status', { 'otel.status_description': 'card declined' }, [3]],
    ['the trace state', { 'w3c.tracestate': 'vendor=4' }, [4]],
    ['a whole array as Jaeger shows it', { list: '["x","y"]' }, [5]],
    ['a member of an array', { list: 'y' }, [5]],
    ['a map as Jaeger shows it', { map: '{"k":true}' }, [5]],
    ['an attribute of a link', { 'on.link': 'c' }, [6]],
    ['error=true', { error: 'true' }, [3]],
    ['error=false, which includes spans without a status', { error: 'false' }, [1, 2, 4, 5, 6]],
    ['two tags that hold of one span', { 'on.span': 'a', 'host.name': 'h1' }, [1]],
    ['two tags that hold of no span together', { 'on.span': 'a', 'log.field': 'b' }, []],
    ['half an array', { list: '["x"' }, []],
    ['a value with U+0000 and half a pair', { list: '["\\u0000","\\ud800"]' }, []],
  ])('finds %s', async (_, tags, expected) => {
    expect(await found(tags)).toEqual(expected);
  });
});

describe("version 3 of Jaeger's API", () => {
  it('names services, and operations with their kinds', async () => {
    expect(await getJson(explorer.url, '/jaeger/api/v3/services')).toEqual({
      services: ['shop', 'stock', 'tags'],
    });
    expect(await getJson(explorer.url, '/jaeger/api/v3/operations?service=shop')).toEqual({
      operations: [
        { name: 'child', spanKind: 'client' },
        { name: 'orphan', spanKind: 'internal' },
        { name: 'root', spanKind: 'server' },
      ],
    });
    expect(await getJson(explorer.url, '/jaeger/api/v3/operations?service=shop&spanKind=server')).toEqual({
      operations: [{ name: 'root', spanKind: 'server' }],
    });
    expect(await getJson(explorer.url, '/jaeger/api/v3/operations')).toEqual({ operations: [] });
  });

  it('summarizes traces by service, with spans whose parent is missing', async () => {
    const path = `/jaeger/api/v3/trace-summaries?${v3Search({ 'query.serviceName': 'shop' })}`;
    expect(await getJson(explorer.url, path)).toEqual({
      summaries: [
        {
          traceId: traceIdOf(10),
          rootServiceName: 'shop',
          rootOperationName: 'root',
          minStartTimeUnixNano: `${START_MS}000000`,
          maxEndTimeUnixNano: `${START_MS + 5}000000`,
          spanCount: 4,
          errorSpanCount: 1,
          orphanSpanCount: 1,
          services: [
            { name: 'shop', spanCount: 3, errorSpanCount: 1 },
            { name: 'stock', spanCount: 1, errorSpanCount: 0 },
          ],
        },
      ],
    });
  });

  it.each([
    [{}, 7],
    [{ 'query.searchDepth': '3' }, 3],
    [{ 'query.attributes': '{"host.name":"h1"}' }, 6],
    [{ 'query.attributes': '{"error":"false"}', 'query.serviceName': 'tags' }, 5],
    [{ 'query.operationName': 'child' }, 1],
    [{ 'query.operation_name': 'child', 'query.num_traces': '5' }, 1],
    [{ 'query.durationMin': '6ms' }, 0],
    // Jaeger does not report an error here, and finds nothing.
    [{ 'query.durationMin': '2s', 'query.durationMax': '1s' }, 0],
    [{ 'query.startTimeMin': new Date(START_MS + 1).toISOString() }, 0],
    // The end is not part of the range.
    [{ 'query.startTimeMax': new Date(START_MS).toISOString() }, 0],
    [{ 'query.startTimeMax': '2026-11-22T19:53:14.750000001Z' }, 7],
  ])('searches with %j', async (more, count) => {
    const { summaries } = await getJson<{ summaries: unknown[] }>(
      explorer.url,
      `/jaeger/api/v3/trace-summaries?${v3Search(more)}`,
    );
    expect(summaries).toHaveLength(count);
  });

  it('answers whole traces as OTLP, which the explorer accepts again unchanged', async () => {
    const path = `/jaeger/api/v3/traces/${traceIdOf(6)}`;
    const { result } = await getJson<{ result: { resourceSpans: unknown[] } }>(explorer.url, path);
    expect(result.resourceSpans).toHaveLength(1);
    const other = await openTestExplorer();
    try {
      expect((await postJson(other.url, result)).status).toBe(200);
      expect(await getJson(other.url, path)).toEqual({ result });
    } finally {
      await other.close();
    }
    const search = await getJson<{ result: { resourceSpans: { scopeSpans: { spans: unknown[] }[] }[] } }>(
      explorer.url,
      `/jaeger/api/v3/traces?${v3Search({ 'query.serviceName': 'shop' })}`,
    );
    const spans = search.result.resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.flatMap((scoped) => scoped.spans),
    );
    expect(spans).toHaveLength(4);
  });

  it.each([
    [400, '/v3/trace-summaries', 'query.startTimeMin and query.startTimeMax are required'],
    [400, `/v3/trace-summaries?${v3Search({ 'query.startTimeMin': 'yesterday' })}`, 'query.startTimeMin'],
    [
      400,
      `/v3/trace-summaries?${v3Search({ 'query.startTimeMax': '2020-01-01T00:00:00Z' })}`,
      'must be before',
    ],
    [400, `/v3/trace-summaries?${v3Search({ 'query.attributes': '[1]' })}`, 'query.attributes'],
    [400, `/v3/trace-summaries?${v3Search({ 'query.searchDepth': 'all' })}`, 'query.searchDepth'],
    [400, `/v3/trace-summaries?${v3Search({ 'query.filter': '{"op":"eq"}' })}`, 'query.filter'],
    [400, '/v3/operations?service=a&spanKind=sideways', 'unsupported span kind'],
    [400, '/v3/traces/xyz', 'cannot parse the trace ID'],
    [404, `/v3/traces/${traceIdOf(0xdead)}`, 'No traces found'],
    [404, `/v3/traces?${v3Search({ 'query.serviceName': 'nobody' })}`, 'No traces found'],
  ])("answers %i to %s in grpc-gateway's shape", async (status, path, message) => {
    const response = await get(path);
    expect([response.status, await response.json()]).toEqual([
      status,
      { error: { httpCode: status, message: expect.stringContaining(message) as string } },
    ]);
  });
});

describe('a trace with more spans than an answer holds', () => {
  const BIG = traceIdOf(0xb16);
  const SPANS = 20_050;

  it('has only its first spans and a warning, in both versions', async () => {
    const batch = (from: number) =>
      Array.from({ length: 4_010 }, (_, n) =>
        spanOf(BIG, spanIdOf(0x100000 + from + n), {
          startTimeUnixNano: String(BigInt(START_MS) * 1_000_000n + BigInt(from + n)),
          ...(from + n > 0 && { parentSpanId: spanIdOf(0x100000) }),
        }),
      );
    for (let from = 0; from < SPANS; from += 4_010)
      await postJson(explorer.url, requestOf(batch(from), 'big'));
    const warning = `This trace has ${SPANS} spans; the answer holds the first 20000.`;
    const { data } = await getJson<{ data: { spans: unknown[]; warnings: string[] }[] }>(
      explorer.url,
      `/jaeger/api/traces/${BIG}`,
    );
    expect([data[0]?.spans.length, data[0]?.warnings]).toEqual([20_000, [warning]]);
    expect(await (await get(`/v3/traces/${BIG}`)).text()).toContain(warning);
    // If one trace fills the answer, the others have only their first spans.
    const { summaries } = await getJson<{ summaries: { spanCount: number; services: object[] }[] }>(
      explorer.url,
      `/jaeger/api/v3/trace-summaries?${v3Search({ 'query.serviceName': 'big' })}`,
    );
    expect(summaries).toMatchObject([{ spanCount: SPANS, services: [{ name: 'big' }] }]);
  });
});
