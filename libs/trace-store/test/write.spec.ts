import pg from 'pg';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openTraceStore, type TraceStore } from '../src/index.ts';
import { newTestDatabaseUrl } from '../src/testing.ts';
import { attributes, linkTo, request, span, spanId, T0, traceId, traceOf } from './requests.ts';
import { audit, count } from './store-content.ts';

let url: string;
let store: TraceStore;
beforeEach(async () => {
  url = await newTestDatabaseUrl();
  store = await openTraceStore({ url });
});
afterEach(async () => {
  expect(await audit(store.readers)).toEqual([]);
  await store.close();
});

async function rows<Row extends object = Record<string, unknown>>(sql: string): Promise<Row[]> {
  return (await store.readers.query<Row>(sql)).rows;
}

test('a span is stored with its links, and its trace is counted with those it links to', async () => {
  const outcome = await store.writer.write(
    request(traceOf(1, 3, [linkTo(traceId(7), spanId(7)), linkTo(traceId(7), spanId(8))])),
  );
  expect(outcome).toEqual({ stored: 3, duplicates: 0, refused: 0, reasons: [] });
  expect(await rows('SELECT span_count, link_count, backlink_count FROM traces ORDER BY trace_id')).toEqual([
    { span_count: 3, link_count: 2, backlink_count: 0 },
    { span_count: 0, link_count: 0, backlink_count: 2 },
  ]);
  expect(
    await rows("SELECT idx, encode(target_span_id, 'hex') AS target, flags FROM links ORDER BY idx"),
  ).toEqual([
    { idx: 0, target: spanId(7), flags: 0x101 },
    { idx: 1, target: spanId(8), flags: 0x101 },
  ]);
});

test('a repeated delivery counts as a duplicate, and its neighbours are stored', async () => {
  await store.writer.write(request(traceOf(1, 3, [linkTo(traceId(7), spanId(7))])));
  const again = [...traceOf(1, 3, [linkTo(traceId(7), spanId(7))]), ...traceOf(2, 2)];
  expect(await store.writer.write(request(again))).toEqual({
    stored: 2,
    duplicates: 3,
    refused: 0,
    reasons: [],
  });
  expect(await count(store.readers, 'links')).toBe(1);
  expect(store.writer.counts()).toMatchObject({ received: 8, stored: 5, duplicates: 3, refused: 0 });
});

test('a span that is twice in one request is stored once', async () => {
  const outcome = await store.writer.write(request([...traceOf(1, 2), ...traceOf(1, 2)]));
  expect(outcome).toMatchObject({ stored: 2, duplicates: 2 });
});

test('the same request delivered ten times at once is stored once', async () => {
  const same = request(
    Array.from({ length: 20 }, (_, n) => traceOf(n, 4, [linkTo(traceId(99), spanId(9))])).flat(),
  );
  const outcomes = await Promise.all(Array.from({ length: 10 }, () => store.writer.write(same)));
  expect(outcomes.reduce((sum, { stored }) => sum + stored, 0)).toBe(80);
  expect(outcomes.reduce((sum, { duplicates }) => sum + duplicates, 0)).toBe(720);
  expect(await rows('SELECT backlink_count FROM traces WHERE span_count = 0')).toEqual([
    { backlink_count: 20 },
  ]);
});

test('two stores on one database that get the same traces at once count each span once', async () => {
  const second = await openTraceStore({ url });
  const requests = Array.from({ length: 30 }, (_, n) =>
    request(
      Array.from({ length: 12 }, (_, k) => {
        const trace = (n * 7 + k) % 40;
        return traceOf(trace, 5, [linkTo(traceId(trace + 5), spanId(1))]);
      }).flat(),
    ),
  );
  const outcomes = await Promise.all(
    requests.flatMap((each) => [store.writer.write(each), second.writer.write(each)]),
  );
  await second.close();
  expect(outcomes.reduce((sum, { stored }) => sum + stored, 0)).toBe(await count(store.readers, 'spans'));
  expect(await count(store.readers, 'spans')).toBe(200);
});

test('spans without an id are refused one by one, with the reason; suspect ones are kept', async () => {
  const outcome = await store.writer.write(
    request([
      span({ spanId: spanId(1), traceId: '0'.repeat(32) }),
      span({ spanId: 'abcd' }),
      span({ spanId: '0'.repeat(16) }),
      span({ spanId: spanId(4), parentSpanId: 'abcd', endTimeUnixNano: T0 - 5n, name: '' }),
      span({
        spanId: spanId(5),
        links: [linkTo('0'.repeat(32), spanId(1)), linkTo(traceId(1), 'ab'), linkTo(traceId(1), spanId(5))],
      }),
    ]),
  );
  expect(outcome).toEqual({
    stored: 2,
    duplicates: 0,
    refused: 3,
    reasons: ['1 span: no valid trace id', '2 spans: no valid span id'],
  });
  expect(await rows('SELECT exact, duration_ns, parent_span_id FROM spans WHERE exact IS NOT NULL')).toEqual([
    { exact: { parentSpanId: 'abcd', endTime: String(T0 - 5n) }, duration_ns: '0', parent_span_id: null },
  ]);
  expect(await rows('SELECT target_trace_id IS NULL AS invalid, exact FROM links ORDER BY idx')).toEqual([
    { invalid: true, exact: { traceId: '0'.repeat(32), spanId: spanId(1) } },
    { invalid: true, exact: { traceId: traceId(1), spanId: 'ab' } },
    { invalid: false, exact: null },
  ]);
});

test('a request with only refused spans and an empty request get an answer', async () => {
  expect(await store.writer.write(request([span({ traceId: '' })]))).toMatchObject({ stored: 0, refused: 1 });
  expect(await store.writer.write({ resourceSpans: [] })).toMatchObject({
    stored: 0,
    refused: 0,
    reasons: [],
  });
});

test('values that plain JSON and Postgres cannot hold are kept as they were sent', async () => {
  const values = attributes({
    nul: 'a\0b',
    half: 'x\ud800y',
    emoji: '👋 "quoted" \n',
    bytes: new Uint8Array([0, 255]),
    nan: NaN,
    inf: -Infinity,
    one: 1.0,
    int: 1n,
    big: 2n ** 63n - 1n,
    least: -(2n ** 63n),
    empty: null,
    list: [1n, 'a', [true]],
    map: { pairs: attributes({ __proto__x: 1n }) },
    'key\0': 0.5,
  });
  const all = [...values, { key: '__proto__', value: 'p' }, { key: 'int', value: 'again' }];
  await store.writer.write(
    request([
      span({
        name: 'n\0\ud800',
        attributes: all,
        traceState: '\0',
        status: { code: 2, message: 'm\0' },
        startTimeUnixNano: 2n ** 64n - 2n,
        endTimeUnixNano: 2n ** 64n - 1n,
        droppedLinksCount: 2 ** 32 - 1,
        flags: 2 ** 32 - 1,
        kind: 99,
        events: [{ timeUnixNano: 5n, name: 'e\0', attributes: values, droppedAttributesCount: 3 }],
        links: [linkTo(traceId(2), spanId(2), { attributes: values, traceState: 'l\0', flags: 2 ** 32 - 1 })],
      }),
    ]),
  );
  const [stored] = await rows<{
    exact: { attributes: { key: string }[] };
    attributes: Record<string, unknown>;
  }>('SELECT * FROM spans');
  expect(stored).toMatchObject({
    flags: -1,
    status: 2,
    dropped_links: 2 ** 31 - 1,
    duration_ns: '1',
    status_message: 'm\ufffd',
    exact: {
      name: 'n\0\ud800',
      statusMessage: 'm\0',
      traceState: '\0',
      startTime: String(2n ** 64n - 2n),
      endTime: String(2n ** 64n - 1n),
      droppedLinksCount: 2 ** 32 - 1,
      events: [{ time: '5', name: 'e\0', droppedAttributesCount: 3 }],
    },
  });
  const exact = Object.fromEntries(stored!.exact.attributes.map((each) => [each.key, each]));
  expect(stored!.exact.attributes).toHaveLength(all.length);
  expect(exact).toMatchObject({
    nul: { type: 'string', value: 'a\0b' },
    half: { type: 'string', value: 'x\ud800y' },
    bytes: { type: 'bytes', value: 'AP8=' },
    nan: { type: 'double', value: 'NaN' },
    inf: { type: 'double', value: '-Infinity' },
    one: { type: 'double', value: 1 },
    big: { type: 'int', value: '9223372036854775807' },
    'key\0': { type: 'double', value: 0.5 },
  });
  expect(stored!.attributes).toMatchObject({
    nul: 'a\ufffdb',
    emoji: '👋 "quoted" \n',
    int: 'again',
    nan: 'NaN',
  });
  expect(await rows('SELECT service, name, kind FROM operations')).toEqual([
    { service: 'orders-api', name: 'n\ufffd\ufffd', kind: 0 },
  ]);
});

test('values that plain JSON can hold have no second copy', async () => {
  await store.writer.write(
    request([
      span({
        attributes: attributes({
          text: 'é',
          integer: 42n,
          double: 0.1,
          flag: true,
          none: null,
          list: [1n, 2n],
        }),
        events: [
          { timeUnixNano: T0 + 5n, name: 'e', attributes: attributes({ a: 1n }), droppedAttributesCount: 0 },
        ],
      }),
    ]),
  );
  expect(await rows('SELECT attributes, events, exact, status_message, trace_state FROM spans')).toEqual([
    {
      attributes: { text: 'é', integer: 42, double: 0.1, flag: true, none: null, list: [1, 2] },
      events: [{ t: 5, n: 'e', a: { a: 1 } }],
      exact: null,
      status_message: null,
      trace_state: null,
    },
  ]);
});

test('names and values far beyond the size of an index entry are stored', async () => {
  const outcome = await store.writer.write(
    request(
      [
        span({
          name: randomText(40_000),
          attributes: attributes({ huge: randomText(3_000_000), [randomText(9_000)]: 1n }),
        }),
      ],
      randomText(20_000),
    ),
  );
  expect(outcome).toMatchObject({ stored: 1, refused: 0 });
  expect(await rows("SELECT length(attributes ->> 'huge') AS length FROM spans")).toEqual([
    { length: 3_000_000 },
  ]);
});

test('a span larger than the limit is refused, and its neighbours are stored', async () => {
  const huge = span({ spanId: spanId(2), attributes: attributes({ huge: 'x'.repeat(33 * 1024 * 1024) }) });
  const outcome = await store.writer.write(request([span(), huge, span({ spanId: spanId(3) })]));
  expect(outcome).toMatchObject({ stored: 2, refused: 1 });
});

test('a span that the database refuses does not affect its neighbours', async () => {
  const admin = new pg.Client({ connectionString: url, options: '-c search_path=trace_explorer' });
  await admin.connect();
  await admin.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'not this one' USING ERRCODE = '22000'; END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON spans FOR EACH ROW
      WHEN (new.status_message = 'poison') EXECUTE FUNCTION refuse()`);
  await admin.end();
  const spans = traceOf(1, 40).map((each, n) =>
    n === 17 || n === 30 ? { ...each, status: { code: 2, message: 'poison' } } : each,
  );
  const [outcome, neighbour] = await Promise.all([
    store.writer.write(request(spans)),
    store.writer.write(request(traceOf(2, 3))),
  ]);
  expect(outcome).toEqual({
    stored: 38,
    duplicates: 0,
    refused: 2,
    reasons: ['2 spans: the database refused it: not this one'],
  });
  expect(neighbour).toMatchObject({ stored: 3, refused: 0 });
});

test('the root represents its trace, even if it comes late', async () => {
  const [root, ...children] = traceOf(1, 4);
  const standing = (): Promise<unknown[]> =>
    rows("SELECT encode(root_span_id, 'hex') AS root, root_received, span_count FROM traces");
  await store.writer.write(request([children[2]!]));
  await store.writer.write(request([children[0]!]));
  expect(await standing()).toEqual([{ root: children[0]!.spanId, root_received: false, span_count: 2 }]);
  await store.writer.write(request([root!]));
  await store.writer.write(request([children[1]!]));
  expect(await standing()).toEqual([{ root: root!.spanId, root_received: true, span_count: 4 }]);
});

test('listeners are told of the traces of each commit, and one that throws changes nothing', async () => {
  const told: unknown[] = [];
  store.onStored(() => {
    throw new Error('a bad listener');
  });
  const stop = store.onStored((stored) => told.push(stored));
  const links = [linkTo(traceId(1), spanId(1)), linkTo(traceId(9), spanId(1))];
  await store.writer.write(request(traceOf(1, 2, links)));
  await store.writer.write(request(traceOf(1, 2, links)));
  stop();
  await store.writer.write(request(traceOf(2, 2)));
  expect(told).toEqual([{ traceIds: [traceId(1)], linkedTraceIds: [traceId(9)] }]);
});

test('two spans in one trace with resources 1 and 1.0 have two resources', async () => {
  const of = (value: number | bigint, id: number) => {
    const one = request([span({ spanId: spanId(id) })]);
    const [first] = one.resourceSpans;
    return {
      resourceSpans: [{ ...first!, resource: { ...first!.resource, attributes: attributes({ v: value }) } }],
    };
  };
  await store.writer.write(of(1, 1));
  await store.writer.write(of(1n, 2));
  await store.writer.write(of(1n, 3));
  expect(await rows('SELECT exact FROM resources ORDER BY id')).toEqual([
    { exact: { attributes: [{ key: 'v', type: 'double', value: 1 }] } },
    { exact: null },
  ]);
});

function randomText(length: number): string {
  // Incompressible, because Postgres compresses an index entry before it measures it.
  let text = '';
  while (text.length < length) text += Math.random().toString(36).slice(2);
  return text.slice(0, length);
}
