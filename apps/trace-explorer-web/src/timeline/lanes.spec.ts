import type { LinkPage, SpanSummary, TraceSummary, TraceView } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import type { FoldNode, ShownGraph, TraceNode } from '../graph/shown-graph.ts';
import { arrowShape } from './arrow-path.ts';
import { laneBars } from './lane-bars.ts';
import { laneDensity } from './lane-density.ts';
import { layoutLanes } from './lane-layout.ts';
import { lanesOf } from './lanes.ts';
import { linkArrows } from './link-arrows.ts';

const origin = 1_763_800_000_000_000_000n;
const time = (ns: number) => String(origin + BigInt(ns));
const span = (
  spanId: string,
  parentSpanId: string | null,
  startNs: number,
  durationNs: number,
): SpanSummary => ({
  traceId: 'batch',
  spanId,
  parentSpanId,
  service: 'orders-batch',
  name: spanId,
  kind: 'internal',
  status: 'ok',
  startTime: time(startNs),
  durationNs,
  linkCount: 0,
  droppedLinksCount: 0,
  backlinkCount: 0,
  message: null,
});
const trace = (id: string, startNs: number, durationNs: number): TraceNode => ({
  kind: 'trace',
  id,
  depth: 0,
  traceId: id,
  root: { spanId: 'r', service: 's', name: id, kind: 'server', status: 'ok', received: true },
  startTime: time(startNs),
  durationNs,
  spanCount: 1,
  errorCount: 0,
  linkCount: 0,
  backlinkCount: 0,
  services: [],
  error: null,
});
const fold = (traceCount: number): FoldNode => ({
  kind: 'fold',
  id: 'fold:a',
  key: 'a',
  isRest: false,
  depth: 1,
  service: 's',
  name: 'order',
  traceCount,
  errorCount: 0,
  startTime: time(0),
  endTime: time(1_000),
  traceIds: [],
  notable: { slowest: '', fastest: '', failed: [], longestWait: '' },
});
const graph = (...nodes: ShownGraph['nodes']): ShownGraph => ({
  focus: 'batch',
  nodes,
  edges: [],
  truncated: false,
});

describe('the bars of a lane', () => {
  it('are below their parents, next to each other in time or one under the other', () => {
    const spans = [
      span('root', null, 0, 100),
      span('a', 'root', 0, 40),
      span('b', 'root', 50, 40),
      span('c', 'root', 60, 20),
    ];
    const rows = laneBars(spans, time(0), { rows: 6, bars: 100 }).map(({ span: { name }, row }) => [
      name,
      row,
    ]);
    expect(rows).toEqual([
      ['root', 0],
      ['a', 1],
      ['b', 1],
      ['c', 2],
    ]);
  });

  it('end if the lane has no more rows, including descendants', () => {
    const chain = Array.from({ length: 500 }, (_, at) =>
      span(`s${at}`, at === 0 ? null : `s${at - 1}`, at, 1_000),
    );
    expect(laneBars(chain, time(0), { rows: 3, bars: 100 }).map(({ span: { name } }) => name)).toEqual([
      's0',
      's1',
      's2',
    ]);
  });

  it('keep the longest of too many', () => {
    const spans = [
      span('root', null, 0, 100_000),
      ...Array.from({ length: 500 }, (_, at) => span(`s${at}`, 'root', at * 100, at % 90)),
    ];
    const bars = laneBars(spans, time(0), { rows: 3, bars: 40 });
    expect(bars).toHaveLength(40);
    expect(bars[0]?.span.name).toBe('root');
    expect(Math.min(...bars.map(({ span: { durationNs } }) => durationNs))).toBeGreaterThan(60);
  });
});

describe('the lanes', () => {
  it('share one axis that starts with the earliest', () => {
    const view: TraceView = {
      summary: trace('batch', 500, 50),
      spans: [span('root', null, 500, 50)],
      truncated: false,
      journey: null,
    };
    const { lanes, origin: start } = lanesOf(
      graph(trace('order', 100, 20), trace('batch', 500, 50)),
      new Map([['batch', view]]),
      new Map(),
    );
    expect(start).toBe(time(100));
    expect(lanes.map(({ startNs, endNs, isFocus }) => [startNs, endNs, isFocus])).toEqual([
      [0, 20, false],
      [400, 450, true],
    ]);
    expect(lanes[1]?.bars[0]).toMatchObject({ startNs: 400, endNs: 450, row: 0 });
  });

  it('treat the stretches of a fold as idle only if all of it is known', () => {
    const members: TraceSummary[] = [trace('a', 0, 10), trace('b', 900, 100)];
    const known = new Map([['fold:a', members]]);
    expect(lanesOf(graph(fold(2)), new Map(), known).lanes[0]?.work).toHaveLength(2);
    expect(lanesOf(graph(fold(3)), new Map(), known).lanes[0]?.work).toEqual([{ startNs: 0, endNs: 1_000 }]);
  });

  it('are low if there are many, so that more of them are in sight', () => {
    const many = Array.from({ length: 24 }, (_, n) => trace(`t${n}`, n, 1));
    const heightOf = (nodes: typeof many) =>
      layoutLanes(lanesOf(graph(...nodes), new Map(), new Map()).lanes, 1_440).places[0]!.height;
    expect(heightOf(many)).toBeLessThan(heightOf(many.slice(0, 6)));
  });

  it('say why they are not folded', () => {
    const why = new Map([['a', ['slowest' as const]]]);
    const { lanes } = lanesOf(graph(trace('a', 0, 9), fold(9)), new Map(), new Map(), why);
    expect(lanes.map(({ reasons }) => reasons)).toEqual([['slowest'], []]);
  });

  it('are stacked without touching, with their names next to or above them', () => {
    const { lanes } = lanesOf(graph(trace('a', 0, 1), fold(9), trace('batch', 5, 1)), new Map(), new Map());
    for (const width of [360, 1_440]) {
      const { places, plotX, plotWidth, labels, height } = layoutLanes(lanes, width);
      expect(labels).toBe(width === 360 ? 'above' : 'beside');
      places.slice(1).forEach(({ y }, at) => expect(y).toBe(places[at]!.y + places[at]!.height));
      expect(plotX + plotWidth).toBeLessThan(width);
      expect(places.at(-1)!.y + places.at(-1)!.height).toBeLessThanOrEqual(height);
    }
  });
});

describe('the density of a folded lane', () => {
  it('counts starts by the place of their drawing', () => {
    expect(laneDensity([0, 1, 3, 40])).toEqual([
      { x: 0, count: 3, share: 1 },
      { x: 40, count: 1, share: 1 / 3 },
    ]);
    expect(laneDensity([])).toEqual([]);
  });
});

describe('link arrows', () => {
  const edge = (from: string, to: string) => ({ from, to, linkCount: 1, relations: [] });
  const page = (...targets: string[]) =>
    ({
      direction: 'out',
      links: targets.map((traceId) => ({ traceId, spanId: 't', gapNs: 5, isSelf: false })),
    }) as unknown as LinkPage;

  it('go from span to span if the links are known, otherwise from lane to lane', () => {
    const arrows = linkArrows(
      [edge('batch', 'order'), edge('batch', 'fold:a')],
      new Set(['batch', 'order', 'fold:a']),
      [{ span: span('process', null, 0, 1), page: page('order', 'order', 'elsewhere') }],
    );
    expect(arrows).toEqual([
      { bearer: { laneId: 'batch', spanId: 'process' }, target: { laneId: 'order', spanId: 't' }, gapNs: 5 },
      {
        bearer: { laneId: 'batch', spanId: undefined },
        target: { laneId: 'fold:a', spanId: undefined },
        gapNs: null,
      },
    ]);
  });

  it('are found from the target too, because a batch may have more links than are loaded', () => {
    const backlinks = { ...page('batch'), direction: 'in' } as LinkPage;
    const [arrow, ...others] = linkArrows([edge('batch', 'order')], new Set(['batch', 'order']), [
      { span: { ...span('receive', null, 0, 1), traceId: 'order' }, page: backlinks },
    ]);
    expect(others).toEqual([]);
    expect(arrow).toEqual({
      bearer: { laneId: 'batch', spanId: 't' },
      target: { laneId: 'order', spanId: 'receive' },
      gapNs: 5,
    });
  });

  it('lead back to the end of the target, or straight to it if both run at the same time', () => {
    const later = { left: 500, right: 600, y: 100 };
    expect(arrowShape(later, { left: 0, right: 80, y: 20 }).head).toMatch(/^82,20 /);
    expect(arrowShape(later, { left: 400, right: 700, y: 20 }).path).toBe('M500,100V33');
  });
});
