import { LOG_SEVERITIES, type Term } from '@span-links/explorer-api';
import type { Attribute, AnyValue, LogsRequest, Span } from '@span-links/otlp';
import fc from 'fast-check';
import pg from 'pg';
import { expect, it } from 'vitest';
import { FilterRebuild } from '../../src/filter/filter-rebuild.ts';
import { openTraceStore, TraceReader } from '../../src/index.ts';
import { newTestDatabaseUrl } from '../../src/testing.ts';
import { attributes, span, spanId, T0, traceId } from '../requests.ts';

const SECOND = 1_000_000_000n;

/** Few keys and words, so that terms find something. */
const key = fc.constantFrom('a', 'b', 'order.id');
const word = fc.constantFrom('x', 'Yes', 'no "quotes"', '7', 'true', 'é');
const value: fc.Arbitrary<AnyValue> = fc.oneof(
  word,
  fc.constantFrom<AnyValue>(7n, 7, true, 0.5, null),
  fc.array(fc.oneof(word, fc.constantFrom<AnyValue>(7n, true)), { maxLength: 2 }),
  fc.uint8Array({ minLength: 1, maxLength: 2 }),
);
const own = fc
  .uniqueArray(fc.record({ key, value }), { maxLength: 2, selector: (one) => one.key })
  .map((list): Attribute[] => list);

interface Sent {
  readonly resource: readonly Attribute[];
  readonly scope: { readonly name: string; readonly attributes: readonly Attribute[] };
  readonly trace: number;
  readonly startSeconds: number;
  readonly name: string;
  readonly message: string;
  readonly traceState: string;
  readonly attributes: readonly Attribute[];
  readonly events: readonly { readonly name: string; readonly attributes: readonly Attribute[] }[];
  readonly logs: readonly Logged[];
}

interface Logged {
  readonly body: AnyValue;
  readonly eventName: string;
  readonly severityNumber: number;
  readonly attributes: readonly Attribute[];
}

const logged: fc.Arbitrary<Logged> = fc.record({
  body: fc.oneof(word, fc.constantFrom<AnyValue>(null, 'the bank said Yes', ['x', 7n])),
  eventName: fc.constantFrom('', 'exception', 'x'),
  severityNumber: fc.constantFrom(0, 1, 4, 5, 9, 12, 13, 17, 24),
  attributes: own,
});

const sent: fc.Arbitrary<Sent> = fc.record({
  resource: own,
  scope: fc.record({ name: fc.constantFrom('http', 'x'), attributes: own }),
  trace: fc.nat(4),
  startSeconds: fc.nat(200),
  name: fc.constantFrom('receive', 'Yes sir'),
  message: fc.constantFrom('', 'x failed'),
  traceState: fc.constantFrom('', 'vendor=x'),
  attributes: own,
  events: fc.array(fc.record({ name: fc.constantFrom('exception', 'x'), attributes: own }), { maxLength: 2 }),
  logs: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(logged, { maxLength: 2 })),
});

const place = { from: fc.constant(0), to: fc.constant(1) };
const texts = fc.array(fc.oneof(word, fc.constantFrom('["x"]', '[]', 'AQ==', 'receive', 'http', 'EXC')), {
  minLength: 1,
  maxLength: 2,
});
const term = fc.oneof(
  fc.record({
    ...place,
    field: fc.constantFrom('attribute', 'attr', 'resource', 'scope', 'event', 'log'),
    key,
    operator: fc.constantFrom('=', '!=', '~', '!~'),
    values: texts,
  }),
  fc.record({
    ...place,
    field: fc.constantFrom('attribute', 'event', 'log'),
    key,
    operator: fc.constantFrom('>', '<='),
    values: fc.constant(['6']),
  }),
  fc.record({
    ...place,
    field: fc.constantFrom(
      'name',
      'status.message',
      'tracestate',
      'event.name',
      'scope.name',
      'log.body',
      'log.event',
    ),
    operator: fc.constantFrom('=', '!=', '~', '!~'),
    values: texts,
  }),
  fc.record({
    ...place,
    field: fc.constant('log.severity'),
    operator: fc.constantFrom('=', '!=', '>', '>=', '<', '<='),
    values: fc.subarray([...LOG_SEVERITIES], { minLength: 1, maxLength: 1 }),
  }),
  fc.record({ ...place, field: fc.constant('has'), what: fc.constant('logs'), negated: fc.boolean() }),
  fc.record({
    ...place,
    field: fc.constant('text'),
    value: fc.constantFrom('x', 'YES', '7', 'exc', 'http', 'qqq'),
    negated: fc.boolean(),
  }),
) as fc.Arbitrary<Term>;

// ---- The model: the rules of the query language's description, over plain objects.

type PlainValue = string | number | boolean | null | PlainValue[];

function plain(of: AnyValue): PlainValue {
  if (typeof of === 'bigint') return Number(of);
  if (of instanceof Uint8Array) return Buffer.from(of).toString('base64');
  return Array.isArray(of) ? of.map(plain) : (of as string | number | boolean | null);
}

/** As Postgres writes JSON. */
function textOf(of: PlainValue | undefined): string | undefined {
  if (of === null || of === undefined) return undefined;
  if (typeof of === 'string') return of;
  return Array.isArray(of) ? `[${of.map((one) => JSON.stringify(one)).join(', ')}]` : String(of);
}

const has = (text: string | undefined, part: string) =>
  text !== undefined && text.toLowerCase().includes(part.toLowerCase());

function attributeHolds(
  list: readonly Attribute[],
  { key: wanted, operator, values }: Extract<Term, { key: string }>,
) {
  const found = list.filter((one) => one.key === wanted).map((one) => plain(one.value));
  return found.some((one) => {
    if (operator === '>') return typeof one === 'number' && one > Number(values[0]);
    if (operator === '<=') return typeof one === 'number' && one <= Number(values[0]);
    if (operator === '~' || operator === '!~') return values.some((part) => has(textOf(one), part));
    return values.some((typed) => {
      const reads = (scalar: PlainValue) => typeof scalar !== 'object' && String(scalar) === typed;
      if (!Array.isArray(one)) return one !== null && reads(one);
      return one.some(reads) || JSON.stringify(one) === typed.replace(/\s/g, '');
    });
  });
}

/** The body as the store searches it. */
const bodyText = ({ body }: Logged) =>
  body === null ? undefined : typeof body === 'string' ? body : JSON.stringify({ body: plain(body) });

function severityHolds({ severityNumber }: Logged, operator: string, named: string): boolean {
  const lowest = LOG_SEVERITIES.findIndex((name) => name === named) * 4 + 1;
  if (severityNumber === 0) return false;
  if (operator === '>') return severityNumber > lowest + 3;
  if (operator === '>=') return severityNumber >= lowest;
  if (operator === '<') return severityNumber < lowest;
  if (operator === '<=') return severityNumber <= lowest + 3;
  return severityNumber >= lowest && severityNumber <= lowest + 3;
}

function holds(of: Sent, asked: Term): boolean {
  if (asked.field === 'has') return of.logs.length > 0 !== asked.negated;
  if (asked.field === 'text') {
    const values = [
      of.attributes,
      of.resource,
      of.scope.attributes,
      ...of.events.map((event) => event.attributes),
      ...of.logs.map((log) => log.attributes),
    ];
    const names = [
      'orders-api',
      of.name,
      of.message,
      of.scope.name,
      '1.0.0',
      ...of.events.map((event) => event.name),
      ...of.logs.flatMap((log) => [log.eventName, bodyText(log)]),
    ];
    const isThere =
      names.some((name) => has(name, asked.value)) ||
      values.flat().some((one) => has(textOf(plain(one.value)), asked.value));
    return isThere !== asked.negated;
  }
  const isNegated = 'operator' in asked && (asked.operator === '!=' || asked.operator === '!~');
  if ('key' in asked) {
    const events = of.events.map((event) => event.attributes);
    const logs = of.logs.map((log) => log.attributes);
    const places = {
      attribute: [of.attributes, of.resource, of.scope.attributes, ...events, ...logs],
      attr: [of.attributes],
      resource: [of.resource],
      scope: [of.scope.attributes],
      event: events,
      log: logs,
      link: [],
    }[asked.field];
    return places.some((list) => attributeHolds(list, asked)) !== isNegated;
  }
  if (!('values' in asked)) throw new Error('not asked here');
  if (asked.field === 'log.severity')
    return of.logs.some((log) => severityHolds(log, asked.operator, asked.values[0]!)) !== isNegated;
  const columns: Record<string, readonly string[]> = {
    name: [of.name],
    'status.message': [of.message],
    tracestate: [of.traceState],
    'event.name': of.events.map((event) => event.name),
    'scope.name': [of.scope.name],
    'log.body': of.logs.map((log) => bodyText(log) ?? ''),
    'log.event': of.logs.map((log) => log.eventName),
  };
  const isContained = asked.operator === '~' || asked.operator === '!~';
  const fits = (text: string) =>
    asked.values.some((typed) => (isContained ? has(text, typed) : text === typed));
  return columns[asked.field]!.some((text) => text !== '' && fits(text)) !== isNegated;
}

const startOf = ({ startSeconds }: Sent) => T0 + BigInt(startSeconds) * SECOND;

function logsOf(all: readonly Sent[]): LogsRequest {
  const logRecords = all.flatMap((of, n) =>
    of.logs.map((log) => ({
      ...log,
      timeUnixNano: T0,
      observedTimeUnixNano: T0,
      severityText: '',
      droppedAttributesCount: 0,
      flags: 0,
      traceId: traceId(of.trace),
      spanId: spanId(n + 1),
    })),
  );
  const scope = { name: 'logger', version: '', attributes: [], droppedAttributesCount: 0 };
  const resource = { attributes: attributes({ 'service.name': 'logger' }), droppedAttributesCount: 0 };
  return { resourceLogs: [{ resource, scopeLogs: [{ scope, logRecords, schemaUrl: '' }], schemaUrl: '' }] };
}

function spanOf(of: Sent, n: number): Span {
  const startTimeUnixNano = startOf(of);
  return span({
    traceId: traceId(of.trace),
    spanId: spanId(n),
    name: of.name,
    status: { code: 0, message: of.message },
    traceState: of.traceState,
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano + 1n,
    attributes: of.attributes,
    events: of.events.map((event) => ({ ...event, timeUnixNano: T0, droppedAttributesCount: 0 })),
  });
}

it('searches find the same as a model, in spans and in traces, for any time range, with sealed and rebuilt filters', async () => {
  const range = fc.option(fc.tuple(fc.nat(200), fc.nat(200)), { nil: undefined });
  const asked = fc.record({ terms: fc.array(term, { maxLength: 2 }), range });
  await fc.assert(
    fc.asyncProperty(
      fc.array(sent, { minLength: 1, maxLength: 12 }),
      fc.array(asked, { minLength: 12, maxLength: 25 }),
      async (all, questions) => {
        const url = await newTestDatabaseUrl();
        let store = await openTraceStore({ url });
        await store.writer.write({
          resourceSpans: all.map((one, n) => ({
            resource: {
              attributes: [...attributes({ 'service.name': 'orders-api' }), ...one.resource],
              droppedAttributesCount: 0,
            },
            scopeSpans: [
              {
                scope: { ...one.scope, version: '1.0.0', droppedAttributesCount: 0 },
                spans: [spanOf(one, n + 1)],
                schemaUrl: '',
              },
            ],
            schemaUrl: '',
          })),
        });
        // Log records may come before their spans, or after them.
        await store.writer.writeLogs(logsOf(all), 1_000);
        const check = async () => {
          const reader = new TraceReader(store.readers);
          for (const { terms, range: ends } of questions) {
            const [from, to] = ends ? [Math.min(...ends), Math.max(...ends)] : [undefined, undefined];
            const options = {
              limit: 100,
              fromNs: from === undefined ? undefined : T0 + BigInt(from) * SECOND,
              toNs: to === undefined ? undefined : T0 + BigInt(to) * SECOND,
            };
            const expected = all.flatMap((one, n) => {
              const isInRange = (from ?? 0) <= one.startSeconds && one.startSeconds <= (to ?? Infinity);
              return isInRange && terms.every((one_) => holds(one, one_)) ? [{ one, n: n + 1 }] : [];
            });
            const message = JSON.stringify({ terms, from, to });
            const { spans } = await reader.searchSpans({ terms }, options);
            expect(spans.map((found) => found.spanId).sort(), message).toEqual(
              expected.map(({ n }) => spanId(n)).sort(),
            );
            const { traces } = await reader.searchTraces({ terms }, options);
            const inOrder = [...traces].sort((a, b) => (BigInt(a.startTime) < BigInt(b.startTime) ? 1 : -1));
            expect(traces.map(({ startTime }) => startTime)).toEqual(
              inOrder.map(({ startTime }) => startTime),
            );
            expect(traces.map((found) => found.traceId).sort(), message).toEqual(
              [...new Set(expected.map(({ one }) => traceId(one.trace)))].sort(),
            );
          }
        };
        await check();
        // Sealed by its owner.
        await store.close();
        store = await openTraceStore({ url });
        await check();
        const pool = new pg.Pool({ connectionString: url, options: '-c search_path=trace_explorer' });
        try {
          // In the state that the previous version left.
          await pool.query("UPDATE span_blocks SET version = 1, taken_at = now() - interval '2 hours'");
          await check();
          const rebuild = new FilterRebuild(pool, () => undefined);
          await rebuild.run();
          expect(await rebuild.run()).toBe(1);
          await check();
        } finally {
          await pool.end();
          await store.close();
        }
      },
    ),
    { numRuns: 15, interruptAfterTimeLimit: 150_000, markInterruptAsFailure: false },
  );
}, 240_000);
