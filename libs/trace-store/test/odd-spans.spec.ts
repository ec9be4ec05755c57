import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Span } from '@span-links/otlp';
import { encodeByReference } from '@span-links/otlp/testing';
import { TraceReader, type TraceStore } from '../src/index.ts';
import { openTestStore } from '../src/testing.ts';
import { attributes, framesOf, linkTo, request, span, spanId, T0, traceId } from './requests.ts';
import { audit } from './store-content.ts';

let store: TraceStore;
let reader: TraceReader;
beforeEach(async () => {
  store = await openTestStore();
  reader = new TraceReader(store.readers);
});
afterEach(async () => {
  expect(await audit(store.readers)).toEqual([]);
  await store.close();
});

const MS = 1_000_000n;
const HOUR = 3_600_000n * MS;
const nowNs = () => BigInt(Date.now()) * MS;

/** The object path and the protobuf path. */
const ways = ['write', 'writeFrames'] as const;
async function send(way: (typeof ways)[number], spans: readonly Span[], service?: string) {
  const sent = request(spans, service);
  return way === 'write'
    ? store.writer.write(sent)
    : store.writer.writeFrames(framesOf(encodeByReference(sent)));
}

describe.each(ways)('a span with odd times (%s)', (way) => {
  it('keeps its end as it was sent and has no duration if the end is before the start', async () => {
    await send(way, [span({ endTimeUnixNano: T0 - 5n })]);
    expect(await reader.span(traceId(1), spanId(1))).toMatchObject({
      startTime: String(T0),
      endTime: String(T0 - 5n),
      durationNs: 0,
      timeProblem: 'ends_before_start',
    });
  });

  it('begins at its end if it was sent without a start, and its trace stays in place', async () => {
    const child = span({ spanId: spanId(2), parentSpanId: spanId(1), startTimeUnixNano: 0n });
    await send(way, [span(), { ...child, endTimeUnixNano: T0 + 7n }]);
    const view = await reader.trace(traceId(1));
    expect(view!.summary).toMatchObject({ startTime: String(T0), durationNs: 1_000_000 });
    expect(view!.spans[1]).toMatchObject({ startTime: String(T0 + 7n), timeProblem: 'no_start' });
    expect(await reader.span(traceId(1), spanId(2))).toMatchObject({
      sentStartTime: '0',
      endTime: String(T0 + 7n),
    });
  });

  it('begins at its arrival if it was sent without times', async () => {
    const before = nowNs();
    await send(way, [span({ startTimeUnixNano: 0n, endTimeUnixNano: 0n })]);
    const { startTime, endTime } = (await reader.span(traceId(1), spanId(1)))!;
    expect(BigInt(startTime)).toBeGreaterThanOrEqual(before);
    expect(BigInt(startTime)).toBeLessThanOrEqual(nowNs());
    expect(endTime).toBe('0');
  });

  it('ends at its arrival if it starts in the far future, and does not stay on top of the lists', async () => {
    const start = nowNs() + 24n * 365n * HOUR;
    await send(way, [span({ startTimeUnixNano: start, endTimeUnixNano: start + 5n * MS })]);
    const later = {
      traceId: traceId(2),
      startTimeUnixNano: nowNs() + MS,
      endTimeUnixNano: nowNs() + 2n * MS,
    };
    await send(way, [span(later)]);
    const { traces } = await reader.searchTraces({ terms: [] }, { limit: 10 });
    expect(traces.map((trace) => trace.traceId)).toEqual([traceId(2), traceId(1)]);
    expect(traces[1]).toMatchObject({ durationNs: 5_000_000 });
    const { spans } = await reader.searchSpans({ terms: [] }, { limit: 10 });
    expect(spans[1]).toMatchObject({
      traceId: traceId(1),
      durationNs: 5_000_000,
      timeProblem: 'future_start',
    });
    expect(await reader.span(traceId(1), spanId(1))).toMatchObject({
      sentStartTime: String(start),
      endTime: String(start + 5n * MS),
    });
  });

  it('keeps its times if its clock is a little ahead', async () => {
    const start = nowNs() + HOUR / 2n;
    await send(way, [span({ startTimeUnixNano: start, endTimeUnixNano: start + 1n })]);
    const [stored] = (await reader.searchSpans({ terms: [] }, { limit: 1 })).spans;
    expect(stored!.startTime).toBe(String(start));
    expect(stored).not.toHaveProperty('timeProblem');
  });

  it('is stored once, even if it comes repeatedly', async () => {
    const odd = [
      span({ startTimeUnixNano: 0n, endTimeUnixNano: 0n }),
      span({ spanId: spanId(2), startTimeUnixNano: 2n ** 63n, endTimeUnixNano: 2n ** 64n - 1n }),
    ];
    await send(way, odd);
    const again = await Promise.all([send(way, odd), send(way, odd), send(way, odd)]);
    expect(again.map(({ stored, duplicates }) => [stored, duplicates])).toEqual(Array(3).fill([0, 2]));
  });
});

describe.each(ways)('two different spans with one id (%s)', (way) => {
  const client = span({ name: 'call', kind: 3 });
  const server = span({
    name: 'answer',
    kind: 2,
    startTimeUnixNano: T0 + 5n,
    attributes: attributes({ 'http.route': '/orders' }),
    links: [linkTo(traceId(7), spanId(7))],
  });
  const spansHere = async () => {
    const view = await reader.trace(traceId(1));
    return view!.spans.map(({ name, spanId: id, parentSpanId, sharedSpanId }) => ({
      name,
      isFirst: id === spanId(1),
      parentSpanId,
      sharedSpanId,
    }));
  };
  const both = [
    { name: 'call', isFirst: true, parentSpanId: null, sharedSpanId: undefined },
    { name: 'answer', isFirst: false, parentSpanId: spanId(1), sharedSpanId: spanId(1) },
  ];

  it('are both kept, the second with a new id and below the first', async () => {
    await send(way, [client], 'caller');
    expect(await send(way, [server], 'callee')).toMatchObject({ stored: 1, duplicates: 0 });
    expect(await spansHere()).toEqual(both);
    const { spans } = await reader.searchSpans(
      { terms: [{ field: 'name', operator: '=', values: ['answer'], from: 0, to: 1 }] },
      { limit: 5 },
    );
    const { spanId: id } = spans[0]!;
    expect(await reader.span(traceId(1), id)).toMatchObject({ sentParentSpanId: null, linkCount: 1 });
    expect(await reader.links(traceId(1), id, { direction: 'out', limit: 5 })).toMatchObject({
      links: [{ traceId: traceId(7) }],
    });
  });

  it('are both kept if they come in one request, and stored once even if they come repeatedly', async () => {
    const sent = [client, server];
    expect(await send(way, sent)).toMatchObject({ stored: 2, duplicates: 0 });
    expect(await send(way, sent)).toMatchObject({ stored: 0, duplicates: 2 });
    expect(await send(way, [...sent].reverse())).toMatchObject({ stored: 0, duplicates: 2 });
    expect(await send(way, [server])).toMatchObject({ stored: 0, duplicates: 1 });
    expect(await spansHere()).toEqual(both);
    expect((await reader.trace(traceId(1)))!.summary).toMatchObject({ spanCount: 2, linkCount: 1 });
  });

  it('are the two states of a span that was sent again when it ended', async () => {
    await send(way, [span({ endTimeUnixNano: T0 + 1n })]);
    await send(way, [span({ startTimeUnixNano: T0 + 2n, attributes: attributes({ 'order.id': 'o-1' }) })]);
    expect(await spansHere()).toMatchObject([{ isFirst: true }, { isFirst: false, sharedSpanId: spanId(1) }]);
  });

  it('leave a caller at the same level as the other span', async () => {
    await send(way, [{ ...server, parentSpanId: spanId(9) }]);
    await send(way, [{ ...client, parentSpanId: spanId(9) }]);
    expect((await spansHere()).map(({ parentSpanId }) => parentSpanId)).toEqual([spanId(9), spanId(9)]);
  });
});

describe.each(ways)('a resource without a name (%s)', (way) => {
  it('has a service that can be searched for', async () => {
    await send(way, [span()], '');
    const { traces } = await reader.searchTraces(
      { terms: [{ field: 'service', operator: '=', values: ['unknown_service'], from: 0, to: 1 }] },
      { limit: 5 },
    );
    expect(traces).toMatchObject([{ root: { service: 'unknown_service' }, services: ['unknown_service'] }]);
  });
});
