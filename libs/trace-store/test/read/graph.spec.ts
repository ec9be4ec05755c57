import type { GraphNode, LinkGraph } from '@span-links/explorer-api';
import { beforeAll, describe, expect, it } from 'vitest';
import type { GraphOptions } from '../../src/read/index.ts';
import { attributes, linkTo, request, span, spanId, T0, traceId } from '../requests.ts';
import { BATCH, EVICTED_TRACE, storeBatchOfEveryKind, testStore } from './fixture.ts';

const opened = testStore();
const relation = (name: string) => ({ attributes: attributes({ 'spanlinks.relation': name }) });

/**
 * 30 orders, then two attempts: the first fails, the second links to the orders and to the first.
 */
const orders = Array.from({ length: 30 }, (_, n) => 400 + n);
const FIRST = traceId(500);
const SECOND = traceId(501);

beforeAll(async () => {
  await storeBatchOfEveryKind(opened.store);
  const orderSpans = orders.map((n) =>
    span({
      traceId: traceId(n),
      spanId: spanId(n),
      startTimeUnixNano: T0 + BigInt(n),
      endTimeUnixNano: T0 + BigInt(n) + 5n,
      status: { code: n === 400 ? 2 : 0, message: '' },
    }),
  );
  const attempt = (n: number, more: Parameters<typeof linkTo>[]) =>
    span({
      traceId: traceId(n),
      spanId: spanId(n),
      name: 'process-batch',
      startTimeUnixNano: T0 + BigInt(n),
      endTimeUnixNano: T0 + BigInt(n) + 9n,
      links: [
        ...orders.map((o) => linkTo(traceId(o), spanId(o), relation('origin'))),
        ...more.map((one) => linkTo(...one)),
      ],
    });
  await opened.store.writer.write(request(orderSpans));
  await opened.store.writer.write(request([attempt(500, [])], 'orders-batch'));
  const before = [[FIRST, spanId(500), relation('previous_attempt')]] as Parameters<typeof linkTo>[];
  await opened.store.writer.write(request([attempt(501, before)], 'orders-batch'));
});

async function graphOf(id: string, options: GraphOptions = {}): Promise<LinkGraph> {
  const graph = await opened.reader.graph(id, options);
  if (!graph) throw new Error('the trace is not here');
  return graph;
}

function nodeOf<Kind extends GraphNode['kind']>(
  graph: LinkGraph,
  kind: Kind,
): Extract<GraphNode, { kind: Kind }>[] {
  return graph.nodes.filter((node): node is Extract<GraphNode, { kind: Kind }> => node.kind === kind);
}

describe('the graph around a trace', () => {
  it('has the traces at both ends of its links, in time order, and missing traces by reason', async () => {
    const graph = await graphOf(BATCH.traceId, { depth: 1 });
    expect(nodeOf(graph, 'trace').map(({ id, depth }) => [id, depth])).toEqual([
      [traceId(1), 1],
      [traceId(2), 1],
      [traceId(3), 1],
      [BATCH.traceId, 0],
    ]);
    const unresolved = nodeOf(graph, 'unresolved').map(({ reason, traceCount, traceIds }) => [
      reason,
      traceCount,
      traceIds,
    ]);
    expect(new Map(unresolved.map(([reason, ...rest]) => [reason, rest]))).toEqual(
      new Map<unknown, unknown>([
        ['evicted', [1, [EVICTED_TRACE]]],
        ['invalid', [0, []]],
        ['not_sampled', [1, [traceId(92)]]],
        ['not_received', [2, [traceId(91), traceId(93)]]],
      ]),
    );
    expect(graph).toMatchObject({ focus: BATCH.traceId, truncated: false });
  });

  it('counts the links of an edge by relation, most frequent first, without links inside a trace', async () => {
    const { edges } = await graphOf(BATCH.traceId, { depth: 1 });
    expect(edges.find(({ to }) => to === traceId(1))).toEqual({
      from: BATCH.traceId,
      to: traceId(1),
      linkCount: 2,
      relations: [
        { relation: '', count: 1 },
        { relation: 'origin', count: 1 },
      ],
    });
    expect(edges.some(({ from, to }) => from === to)).toBe(false);
  });

  it('also follows links against their direction, to the requested depth', async () => {
    const near = await graphOf(traceId(1), { depth: 1 });
    expect(nodeOf(near, 'trace').map(({ id }) => id)).toEqual([traceId(1), BATCH.traceId]);
    expect(near.truncated).toBe(true);
    const far = await graphOf(traceId(1), { depth: 2 });
    expect(nodeOf(far, 'trace').map(({ id, depth }) => [id, depth])).toEqual([
      [traceId(1), 0],
      [traceId(2), 2],
      [traceId(3), 2],
      [BATCH.traceId, 1],
    ]);
    expect(far.truncated).toBe(false);
  });

  it('folds neighbours beyond the width, and two batches over the same sources share the fold', async () => {
    const graph = await graphOf(FIRST);
    const [fold, ...others] = nodeOf(graph, 'fold');
    expect(others).toEqual([]);
    expect(fold).toMatchObject({
      depth: 1,
      service: 'orders-api',
      name: 'receive-order',
      traceCount: 30,
      errorCount: 1,
      startTime: String(T0 + 400n),
      endTime: String(T0 + 434n),
      traceIds: orders.map(traceId),
    });
    const edges = graph.edges.map(({ from, to, linkCount, relations }) => [
      from,
      to,
      linkCount,
      relations[0]?.relation,
    ]);
    expect(edges).toHaveLength(3);
    expect(edges).toEqual(
      expect.arrayContaining([
        [FIRST, fold?.id, 30, 'origin'],
        [SECOND, fold?.id, 30, 'origin'],
        [SECOND, FIRST, 1, 'previous_attempt'],
      ]),
    );
    expect(graph.truncated).toBe(false);
  });

  it('names the traces of a fold that stand out', async () => {
    const base = 700;
    const source = (n: number, startMs: number, ms: number, code = 0) =>
      span({
        traceId: traceId(base + n),
        spanId: spanId(base + n),
        name: 'place-order',
        startTimeUnixNano: T0 + BigInt(startMs) * 1_000_000n,
        endTimeUnixNano: T0 + BigInt(startMs + ms) * 1_000_000n,
        status: { code, message: '' },
      });
    const sources = [
      source(1, 0, 50),
      source(2, 10, 20),
      source(3, 40, 90),
      source(4, 41, 4),
      ...[5, 6, 7, 8].map((n) => source(n, 50 + n, 10, 2)),
      ...Array.from({ length: 12 }, (_, n) => source(9 + n, 60 + n, 10)),
    ];
    await opened.store.writer.write(request(sources));
    const links = sources.flatMap((_, n) =>
      // A second relation to one source makes no second trace.
      ['origin', ...(n === 4 ? ['again'] : [])].map((name) =>
        linkTo(traceId(base + n + 1), spanId(base + n + 1), relation(name)),
      ),
    );
    const batch = span({ traceId: traceId(base), spanId: spanId(base), name: 'bill', links });
    await opened.store.writer.write(request([batch], 'billing'));
    const [fold] = nodeOf(await graphOf(traceId(base), { width: 6 }), 'fold');
    expect(fold).toMatchObject({
      traceCount: 20,
      notable: {
        slowest: traceId(base + 3),
        fastest: traceId(base + 4),
        failed: [5, 6, 7].map((n) => traceId(base + n)),
        // Not the first to start: that one was still at work.
        longestWait: traceId(base + 2),
      },
    });
  });

  it('shows every trace separately if the width allows it', async () => {
    const graph = await graphOf(FIRST, { width: 30, depth: 1 });
    expect(nodeOf(graph, 'fold')).toEqual([]);
    expect(nodeOf(graph, 'trace')).toHaveLength(32);
  });

  it('never folds the requested trace', async () => {
    const graph = await graphOf(traceId(400));
    expect(nodeOf(graph, 'trace').map(({ id }) => id)).toContain(traceId(400));
    expect(nodeOf(graph, 'fold').map(({ traceCount }) => traceCount)).toEqual([29]);
  });

  it('has no more nodes than requested, and says so', async () => {
    const graph = await graphOf(FIRST, { width: 100, maxNodes: 5 });
    expect(graph.nodes.length).toBe(5);
    expect(graph.truncated).toBe(true);
    const ids = new Set(graph.nodes.map(({ id }) => id));
    expect(graph.edges.every(({ from, to }) => ids.has(from) && ids.has(to))).toBe(true);
  });

  it('can start from the links of one span', async () => {
    await opened.store.writer.write(
      request([
        span({ traceId: traceId(600), spanId: spanId(600), links: [linkTo(traceId(1), spanId(1))] }),
        span({ traceId: traceId(600), spanId: spanId(601), links: [linkTo(traceId(2), spanId(2))] }),
      ]),
    );
    const { edges } = await graphOf(traceId(600), { spanId: spanId(601), depth: 1 });
    expect(edges.map(({ from, to }) => [from, to])).toContainEqual([traceId(600), traceId(2)]);
    expect(edges.map(({ from, to }) => [from, to])).not.toContainEqual([traceId(600), traceId(1)]);
  });

  it('is null if the trace or the span is missing', async () => {
    expect(await opened.reader.graph(traceId(9_999))).toBeNull();
    expect(await opened.reader.graph(EVICTED_TRACE)).toBeNull();
    expect(await opened.reader.graph(FIRST, { spanId: spanId(1) })).toBeNull();
  });
});
