import { beforeAll, describe, expect, it } from 'vitest';
import { attributes, linkTo, request, span, spanId, T0, traceId } from '../requests.ts';
import { BATCH, EVICTED_TRACE, LATE, storeBatchOfEveryKind, testStore } from './fixture.ts';

const opened = testStore();

beforeAll(async () => {
  await storeBatchOfEveryKind(opened.store);
  // A call from one service to another, inside the trace of order 1.
  const call = span({
    traceId: traceId(1),
    spanId: spanId(60),
    parentSpanId: spanId(1),
    name: 'charge',
    kind: 2,
  });
  await opened.store.writer.write(request([call], 'payments'));
});

describe('a trace', () => {
  it('has its spans in time order, with the links and backlinks of each', async () => {
    const view = await opened.reader.trace(traceId(1));
    expect(view?.spans.map((one) => [one.spanId, one.linkCount, one.backlinkCount])).toEqual([
      [spanId(60), 0, 0],
      [spanId(1), 0, 2],
      [spanId(51), 0, 0],
    ]);
    expect(view).toMatchObject({
      truncated: false,
      summary: { traceId: traceId(1), spanCount: 3, backlinkCount: 2, services: ['orders-api', 'payments'] },
    });
    expect(view?.summary.root).toMatchObject({ spanId: spanId(1), received: true });
  });

  it('is cut at the limit, and reports it', async () => {
    expect(await opened.reader.trace(traceId(1), { limit: 2 })).toMatchObject({
      spans: [{}, {}],
      truncated: true,
    });
    expect(await opened.reader.trace(traceId(1), { limit: 3 })).toMatchObject({ truncated: false });
  });

  it('is null if only links name it', async () => {
    expect(await opened.reader.trace(LATE.traceId)).toBeNull();
    expect(await opened.reader.trace(EVICTED_TRACE)).toBeNull();
    expect(await opened.reader.summaries([LATE.traceId, traceId(2), BATCH.traceId])).toMatchObject([
      { traceId: traceId(2) },
      { traceId: BATCH.traceId },
    ]);
  });
});

describe('a span', () => {
  it('has everything that was sent', async () => {
    const detail = await opened.reader.span(traceId(2), spanId(2));
    expect(detail).toMatchObject({
      traceId: traceId(2),
      statusMessage: 'no stock',
      flags: 0x101,
      attributes: [
        { key: 'order.id', type: 'string', value: 'o-2' },
        { key: 'order.items', type: 'int', value: '2' },
      ],
      events: [{ time: String(T0), name: 'received' }],
      resource: { attributes: [{ key: 'service.name', type: 'string', value: 'orders-api' }], schemaUrl: '' },
      scope: { name: 'orders', version: '1.0.0', attributes: [] },
    });
    expect(detail?.receivedAt).toBeGreaterThan(1_600_000_000_000);
  });

  it('is null if it is missing', async () => {
    expect(await opened.reader.span(traceId(2), spanId(1))).toBeNull();
  });
});

describe('full traces', () => {
  it('come in the requested order, with the links of each span', async () => {
    const traces = await opened.reader.fullTraces([BATCH.traceId, traceId(9_999), traceId(2)]);
    expect(traces.map((trace) => [trace.traceId, trace.spans.length])).toEqual([
      [BATCH.traceId, 1],
      [traceId(2), 2],
    ]);
    expect(
      traces[0]?.spans[0]?.links.map(({ index, spanId: target }) => [index, target]).slice(0, 2),
    ).toEqual([
      [0, spanId(1)],
      [1, spanId(2)],
    ]);
  });
});

describe('the catalog', () => {
  it('lists services with their operations', async () => {
    expect(await opened.reader.services()).toEqual({
      services: [
        { service: 'orders-api', operations: ['persist-order', 'receive-order'] },
        { service: 'orders-batch', operations: ['process-batch'] },
        { service: 'payments', operations: ['charge'] },
      ],
    });
  });

  it('suggests keys and values by frequency, for any case', async () => {
    expect(await opened.reader.attributeKeys('ORDER')).toEqual(['order.id', 'order.items']);
    expect(await opened.reader.attributeKeys('', 'resource')).toEqual(['service.name']);
    expect(await opened.reader.attributeKeys('span', 'link')).toEqual(['spanlinks.relation']);
    expect(await opened.reader.attributeValues('order.id', 'O-')).toEqual(['o-1', 'o-2', 'o-3']);
    expect(await opened.reader.attributeValues('service.name', 'pay', 'resource')).toEqual(['payments']);
    expect(await opened.reader.attributeValues('spanlinks.relation', '', 'link')).toEqual(['origin']);
    expect(await opened.reader.attributeValues("'; --", '%\0')).toEqual([]);
  });

  it('counts the content of the store', async () => {
    const figures = await opened.reader.stats();
    expect(figures).toMatchObject({ traces: 4, spans: 8, links: 10, oldest: String(T0) });
    expect(figures.newest).toBe(String(T0 + 100_000_000n));
    expect(figures.bytes).toBeGreaterThan(0);
  });

  it('knows the calls and links between services in a time range', async () => {
    expect(await opened.reader.dependencies(0n, 2n * T0)).toEqual({
      calls: [{ from: 'orders-api', to: 'payments', count: 1 }],
      links: [
        { from: 'orders-batch', to: 'orders-api', count: 4 },
        { from: 'orders-batch', to: 'orders-batch', count: 1 },
      ],
      truncated: false,
    });
    expect(await opened.reader.dependencies(0n, 1n)).toEqual({ calls: [], links: [], truncated: false });
  });
});

describe('a span with many links', () => {
  it('has the same totals on every page', async () => {
    const bearer = { traceId: traceId(700), spanId: spanId(700) };
    const links = Array.from({ length: 1_000 }, (_, n) => linkTo(traceId(1), spanId(n)));
    await opened.store.writer.write(
      request([span({ ...bearer, attributes: attributes({ 'batch.size': 1_000n }), links })]),
    );
    const ask = (cursor?: string | null) =>
      opened.reader.links(bearer.traceId, bearer.spanId, { direction: 'out', limit: 400, cursor });
    const first = await ask();
    const second = await ask(first?.nextCursor);
    const third = await ask(second?.nextCursor);
    expect([first, second, third].map((page) => page?.links.length)).toEqual([400, 400, 200]);
    expect(third).toMatchObject({
      nextCursor: null,
      rollUp: { total: 1_000 },
      completeness: { verdict: 'complete' },
    });
  });
});
