import { describe, expect, it } from 'vitest';
import { UsualHandOffs } from '../../src/journeys/hand-offs.ts';
import { itemNames } from '../../src/journeys/item-name.ts';
import { journeyFrom } from '../../src/journeys/journey.ts';
import { shownState } from '../../src/journeys/journey-state.ts';
import { membersOf } from '../../src/journeys/journey-members.ts';
import { graphOf, headsIn, journeyOf, MS, type SpanSketch } from './spans.ts';

const PRODUCER = 4;
const stepsOf = (sketches: readonly SpanSketch[], head: string) =>
  membersOf(graphOf(sketches), head).steps.map(({ unit }) => unit.span.spanId);
const ORDER: SpanSketch = { trace: 'order', names: { 'order.id': '42' }, lasts: 20 };

describe('the links that a journey follows', () => {
  it('continues with everything that links to it, and a batch does not lead to its other sources', () => {
    const spans: SpanSketch[] = [
      ORDER,
      { trace: 'other' },
      { trace: 'batch', at: 1_000, links: ['order:origin', 'other:origin'] },
      { trace: 'mail', at: 1_100, links: ['batch'] },
    ];
    expect(headsIn(graphOf(spans))).toEqual(['order', 'other']);
    expect(stepsOf(spans, 'order')).toEqual(['order', 'batch', 'mail']);
  });

  it('ignores links within a trace, ambient links, and targets that start after the work has ended', () => {
    const late = { trace: 'late', at: 60_000 };
    const spans: SpanSketch[] = [ORDER, { trace: 'job', links: ['job', 'order:ambient', 'late'] }, late];
    expect(headsIn(graphOf(spans))).toEqual(['job', 'late', 'order']);
  });

  it('allows for clocks that differ by seconds', () => {
    const spans: SpanSketch[] = [
      { trace: 'order', at: 4_000 },
      { trace: 'batch', at: 0, lasts: 10, links: ['order:origin'] },
    ];
    expect(stepsOf(spans, 'order')).toEqual(['order', 'batch']);
    expect(journeyOf(spans, 'order').summary.waitNs).toBe(0);
  });

  it('contains every trace of a circle whose fan-in is only reached past a unit that names one of its sources', () => {
    const spans: SpanSketch[] = [
      ORDER,
      { trace: 'start', at: 0, operation: 'step', links: ['back:initiator', 'order:origin'] },
      { trace: 'fan-in', at: 1, operation: 'step', links: ['back:previous_attempt', 'start'] },
      { trace: 'later', at: 2, operation: 'step', links: ['start', 'fan-in'] },
      { trace: 'back', at: 0, operation: 'step', links: ['later:origin'] },
    ];
    expect(headsIn(graphOf(spans))).toEqual(['order']);
    expect(stepsOf(spans, 'order').sort()).toEqual(['back', 'fan-in', 'later', 'order', 'start']);
  });

  it('sees 500 runs of a cron job that links to its previous run as 500 journeys', () => {
    const runs = Array.from({ length: 500 }, (_, n): SpanSketch => ({
      trace: `run-${n}`,
      operation: 'nightly',
      at: n * 60_000,
      links: n > 0 ? [`run-${n - 1}`] : [],
    }));
    expect(headsIn(graphOf(runs))).toHaveLength(500);
    expect(stepsOf(runs, 'run-0')).toEqual(['run-0']);
  });

  it('follows an operation that continues its own kind: with a relation, from a producer, or with a shared source', () => {
    const sameKind = (links: readonly string[], kind?: number): SpanSketch[] => [
      ORDER,
      { trace: 'a', operation: 'step', at: 100, links: ['order:origin'], ...(kind && { kind }) },
      { trace: 'b', operation: 'step', at: 200, links },
    ];
    expect(stepsOf(sameKind(['a']), 'order')).toEqual(['order', 'a']);
    expect(stepsOf(sameKind(['a:previous_attempt']), 'order')).toEqual(['order', 'a', 'b']);
    expect(stepsOf(sameKind(['a'], PRODUCER), 'order')).toEqual(['order', 'a', 'b']);
    expect(stepsOf(sameKind(['a', 'order']), 'order')).toEqual(['order', 'a', 'b']);
  });

  it('begins a circle at its earliest trace', () => {
    const spans: SpanSketch[] = [
      { trace: 'pong', at: 50, lasts: 5_000, operation: 'pong', links: ['ping'] },
      { trace: 'ping', at: 0, lasts: 5_000, operation: 'ping', links: ['pong'] },
      { trace: 'after', at: 9_000, links: ['pong'] },
    ];
    expect(headsIn(graphOf(spans))).toEqual(['ping']);
    expect(stepsOf(spans, 'ping')).toEqual(['ping', 'pong', 'after']);
    expect(journeyOf(spans, 'ping').summary.state).toBe('done');
  });

  it('continues from a fan-in only with the messages that a later step names', () => {
    const sources = Array.from({ length: 500 }, (_, n): SpanSketch => ({ trace: `m-${n}` }));
    const spans: SpanSketch[] = [
      ...sources,
      { trace: 'poll', at: 1_000, links: sources.map(({ trace }) => `${trace}:origin`) },
      { trace: 'retry', at: 2_000, links: ['poll', 'm-7'] },
      { trace: 'report', at: 3_000, links: ['poll'] },
    ];
    expect(stepsOf(spans, 'm-7')).toEqual(['m-7', 'poll', 'retry', 'report']);
    expect(stepsOf(spans, 'm-8')).toEqual(['m-8', 'poll', 'report']);
    // The way back obeys the same rule. Otherwise each retry would change 500 journeys.
    expect([...graphOf(spans).earlier('retry')]).toEqual(['m-7']);
  });

  it('has four stages, not 502, when four polls of 500 pass on each message', () => {
    const size = 500;
    const poll = (name: string, at: number, from: (n: number) => string): SpanSketch[] => [
      { trace: name, operation: name, at, lasts: 2_000 },
      ...Array.from({ length: size }, (_, n): SpanSketch => ({
        trace: name,
        span: `${name}-${n}`,
        parent: name,
        operation: `process ${name}`,
        kind: 5,
        at: at + n,
        links: [`${from(n)}:origin`],
      })),
      ...Array.from({ length: size }, (_, n): SpanSketch => ({
        trace: name,
        span: `${name}-send-${n}`,
        parent: `${name}-${n}`,
        operation: `send ${name}`,
        kind: PRODUCER,
        at: at + n + 1,
      })),
    ];
    const spans: SpanSketch[] = [
      ...Array.from({ length: size }, (_, n): SpanSketch => ({ trace: `m-${n}`, kind: PRODUCER })),
      ...poll('one', 10_000, (n) => `m-${n}/m-${n}`),
      ...poll('two', 20_000, (n) => `one/one-send-${n}`),
      ...poll('three', 30_000, (n) => `two/two-send-${n}`),
      ...poll('four', 40_000, (n) => `three/three-send-${n}`),
    ];
    const graph = graphOf(spans);
    expect(headsIn(graph)).toHaveLength(size);
    expect(membersOf(graph, 'm-9').steps.map(({ unit }) => unit.span.spanId)).toEqual([
      'm-9',
      'one-9',
      'two-9',
      'three-9',
      'four-9',
    ]);
  });

  it('excludes spans that a loop runs after a message if nothing leaves from within the span of the message', () => {
    const spans: SpanSketch[] = [
      { trace: 'm' },
      { trace: 'n' },
      { trace: 'loop', at: 100, lasts: 1_000 },
      { trace: 'loop', span: 'take-m', parent: 'loop', at: 100, links: ['m'] },
      { trace: 'loop', span: 'send', parent: 'loop', at: 150, kind: PRODUCER },
      { trace: 'loop', span: 'take-n', parent: 'loop', at: 200, links: ['n'] },
      { trace: 'next', at: 500, links: ['loop/send'] },
    ];
    expect(stepsOf(spans, 'm')).toEqual(['m', 'take-m', 'next']);
    expect(stepsOf(spans, 'n')).toEqual(['n', 'take-n']);
  });

  it('counts the parts of a split batch as one unit', () => {
    const spans: SpanSketch[] = [
      ORDER,
      { trace: 'other' },
      { trace: 'batch', operation: 'process-batch', at: 100, links: ['other:origin'] },
      {
        trace: 'batch',
        span: 'part',
        parent: 'batch',
        operation: 'process-batch part 2/2',
        at: 100,
        links: ['order:origin'],
      },
    ];
    expect(stepsOf(spans, 'order')).toEqual(['order', 'batch']);
    expect(journeyOf(spans, 'order').summary.path.at(-1)).toMatchObject({ sources: 2, count: 1 });
  });

  it('walks a chain of 3,000 traces without recursion and stops after 64 hops', () => {
    const chain = Array.from({ length: 3_000 }, (_, n): SpanSketch => ({
      trace: `t-${n}`,
      at: n * 20,
      links: n > 0 ? [`t-${n - 1}:origin`] : [],
    }));
    expect(headsIn(graphOf(chain))).toEqual(['t-0']);
    const { summary } = journeyOf(chain, 't-0');
    expect([summary.traceCount, summary.state]).toEqual([65, 'cut']);
  });
});

describe('the duration of a journey', () => {
  it('is work and waits along the critical path', () => {
    const spans: SpanSketch[] = [
      { ...ORDER, operation: 'POST /orders', lasts: 18 },
      { trace: 'other' },
      {
        trace: 'batch',
        operation: 'process-batch',
        at: 12_018,
        lasts: 206,
        links: ['order:origin', 'other'],
      },
      {
        trace: 'batch',
        span: 'own',
        parent: 'batch',
        operation: 'reconcile-order',
        at: 12_050,
        lasts: 103,
        names: { 'order.id': '42' },
      },
      {
        trace: 'batch',
        span: 'theirs',
        parent: 'batch',
        operation: 'reconcile-order',
        at: 12_150,
        names: { 'order.id': '43' },
      },
      { trace: 'mail', at: 13_000, lasts: 4, links: ['order:origin'] },
      { trace: 'ship', at: 13_224, lasts: 100, links: ['batch:origin'] },
    ];
    const { summary } = journeyOf(spans, 'order');
    expect(summary.item).toEqual({ key: 'order.id', value: '42' });
    expect([summary.totalNs, summary.waitNs, summary.workNs].map((ns) => ns / MS)).toEqual([
      13_324, 13_000, 324,
    ]);
    expect(
      summary.path.map(({ operation, waitNs, durationNs }) => [operation, waitNs / MS, durationNs / MS]),
    ).toEqual([
      ['POST /orders', 0, 18],
      ['process-batch', 12_000, 206],
      ['ship', 1_000, 100],
    ]);
    expect(summary.path[1]).toMatchObject({ ownNs: 103 * MS, sources: 2 });
    expect(summary.beside.map(({ operation }) => operation)).toEqual(['mail']);
  });

  it('puts parallel branches under their source, and the join on the path after the slowest', () => {
    const spans: SpanSketch[] = [
      ORDER,
      { trace: 'fast', at: 100, lasts: 10, links: ['order:initiator'] },
      { trace: 'slow', at: 100, lasts: 500, links: ['order:initiator'] },
      { trace: 'join', at: 700, links: ['fast:origin', 'slow:origin'] },
    ];
    const journey = journeyOf(spans, 'order');
    expect(journey.summary.path.map(({ operation }) => operation)).toEqual(['order', 'slow', 'join']);
    expect(journey.units().map(({ operation, parent }) => [operation, parent])).toEqual([
      ['order', -1],
      ['fast', 0],
      ['slow', 0],
      ['join', 2],
    ]);
  });
});

describe('the name of a journey', () => {
  it('is the attribute that later traces repeat, before others that look like an id', () => {
    const spans: SpanSketch[] = [
      { trace: 'order', names: { 'customer.id': 'c-1', 'order.id': '42', ref: 'x' } },
      { trace: 'batch', at: 100, links: ['order:origin'], names: { 'order.id': '42' } },
    ];
    expect(journeyOf(spans, 'order').summary.item).toEqual({ key: 'order.id', value: '42' });
  });

  it('is not made of attributes that conventions use for hosts, users, threads or calls', () => {
    expect(
      itemNames({
        'thread.id': 1,
        'host.id': 'h',
        'enduser.id': 'u',
        'db.query.id': 'q',
        valid: 'x',
        'order.id': 7,
      }),
    ).toEqual({ 'order.id': '7' });
    expect(itemNames({ 'http.route': '/x' })).toBeUndefined();
    expect(itemNames({ orderId: 'a', gridless: 'b', paid: 'c' })).toEqual({ orderId: 'a' });
  });
});

describe('the state of a journey', () => {
  const branch = (trace: string, at: number, more: Partial<SpanSketch> = {}): SpanSketch => ({
    trace,
    at,
    operation: 'authorize',
    links: ['order:initiator'],
    ...more,
  });

  it('is done when nothing is missing, and shown as settling until it has been quiet for a moment', () => {
    const { state } = journeyOf([ORDER, branch('a', 100)], 'order');
    expect(state).toBe('done');
    const timed = { state, settlesAtMs: 2_000, overdueAtMs: null };
    expect([0, 1_999, 2_000].map((nowMs) => shownState(timed, nowMs))).toEqual([
      'settling',
      'settling',
      'done',
    ]);
  });

  it('is failed with the message of the step that failed', () => {
    const { summary } = journeyOf([ORDER, branch('a', 100, { error: 'provider did not answer' })], 'order');
    expect(summary).toMatchObject({
      state: 'failed',
      message: 'provider did not answer',
      culprit: { traceId: 'a', spanId: 'a' },
    });
  });

  it('is done when another attempt succeeds', () => {
    const { summary } = journeyOf(
      [
        ORDER,
        branch('a', 100, { error: 'no answer' }),
        branch('b', 1_100, { links: ['order:initiator', 'a:previous_attempt'] }),
      ],
      'order',
    );
    expect(summary.state).toBe('done');
    expect(summary.path.at(-1)).toMatchObject({ operation: 'authorize', count: 2, failed: 1, retried: 1 });
    const unlinked = [ORDER, branch('a', 100, { error: 'no answer' }), branch('b', 1_100)];
    expect(journeyOf(unlinked, 'order').summary.state).toBe('done');
  });

  it('stays failed when a parallel branch of the same operation succeeds', () => {
    const spans = [ORDER, branch('a', 100, { error: 'no answer', lasts: 100 }), branch('b', 120)];
    expect(journeyOf(spans, 'order').summary.state).toBe('failed');
  });

  it('ignores a failed call that works when it is retried within its span', () => {
    const call = (span: string, at: number, error?: string): SpanSketch => ({
      trace: 'a',
      span,
      parent: 'a',
      operation: 'GET /rates',
      at,
      lasts: 5,
      ...(error && { error }),
    });
    const spans = [ORDER, branch('a', 100, { lasts: 100 }), call('c1', 110, 'timeout')];
    expect(journeyOf(spans, 'order').summary.state).toBe('failed');
    expect(journeyOf([...spans, call('c2', 130)], 'order').summary.state).toBe('done');
  });

  it('is undone when a later step reverts an earlier one', () => {
    const spans = [
      ORDER,
      branch('a', 100, { error: 'refused' }),
      { trace: 'stock', at: 100, links: ['order:initiator'] },
      { trace: 'release', at: 300, links: ['order:initiator', 'stock:compensates'] },
    ];
    expect(journeyOf(spans, 'order').summary).toMatchObject({ state: 'undone', message: 'refused' });
  });

  it('is failed because of its own item in a batch, not because of other items', () => {
    const batch = (failing: string): SpanSketch[] => [
      ORDER,
      { trace: 'other', names: { 'order.id': '43' } },
      { trace: 'batch', at: 100, lasts: 50, links: ['order', 'other'] },
      ...['42', '43'].map((id): SpanSketch => ({
        trace: 'batch',
        span: `item-${id}`,
        parent: 'batch',
        operation: `reconcile ${id}`,
        at: 110,
        names: { 'order.id': id },
        ...(id === failing && { error: 'mismatch' }),
      })),
    ];
    expect(journeyOf(batch('42'), 'order').summary).toMatchObject({ state: 'failed', message: 'mismatch' });
    expect(journeyOf(batch('43'), 'order').summary.state).toBe('done');
  });

  it('is refused when the server answers 4xx and nothing follows', () => {
    const spans: SpanSketch[] = [
      { trace: 'order', kind: 2, httpStatus: 400 },
      { trace: 'order', span: 'validate', parent: 'order', error: 'currency must be three letters' },
    ];
    expect(journeyOf(spans, 'order').summary).toMatchObject({
      state: 'refused',
      message: 'currency must be three letters',
    });
    expect(journeyOf([spans[0]!], 'order').summary.message).toBe('HTTP 400');
  });

  it('is running while a parent is missing, and cut when it never comes', () => {
    const spans = [ORDER, branch('a', 100), { trace: 'a', span: 'x', parent: 'not here', at: 105 }];
    expect(journeyOf(spans, 'order').summary.state).toBe('running');
    expect(journeyOf(spans, 'order', { quietMs: 600_000 }).summary.state).toBe('cut');
  });

  it('is cut when its head links to something that is missing', () => {
    const spans = [branch('a', 100, { links: ['gone:origin'] }), branch('b', 200, { links: ['a:origin'] })];
    expect(journeyOf(spans, 'a').summary.state).toBe('cut');
  });
});

describe('a journey waits', () => {
  const order = (n: number, at = n * 1_000): SpanSketch => ({
    trace: `order-${n}`,
    operation: 'receive-order',
    kind: PRODUCER,
    at,
  });
  const batch = (n: number, wait: number, operation = 'process-batch'): SpanSketch => ({
    trace: `${operation}-${n}`,
    operation,
    at: n * 1_000 + 10 + wait,
    links: [`order-${n}/order-${n}:origin`],
  });
  const after = (seconds: number) => ({ nowNs: BigInt(seconds) * 1_000_000_000n });

  function taught(count: number, withBatch: (n: number) => boolean): UsualHandOffs {
    const usual = new UsualHandOffs();
    for (let n = 0; n < count; n++) {
      const spans = [order(n), ...(withBatch(n) ? [batch(n, 5_000)] : [])];
      journeyFrom(graphOf(spans), `order-${n}`, usual, { ...after(900), quietMs: 60_000 });
    }
    return usual;
  }

  it('for any operation to take a sent message while nothing more is known', () => {
    const { summary } = journeyOf([order(1)], 'order-1', { ...after(2) });
    expect(summary).toMatchObject({
      state: 'waiting',
      waitingFor: {
        service: null,
        operation: null,
        after: { service: 'shop', operation: 'receive-order' },
        since: String(1_010 * MS),
      },
    });
  });

  it('for the operation that took at least 95 of 100 others', () => {
    const usual = taught(40, () => true);
    const spans = [order(950), batch(950, 1, 'mail')];
    const early = journeyOf(spans, 'order-950', { usual, ...after(960) });
    expect(early.summary).toMatchObject({
      state: 'waiting',
      waitingFor: { service: 'shop', operation: 'process-batch' },
    });
    // Three times the longest wait, plus ten seconds for exporters, after the order was passed on.
    const overdueAtMs = Number(early.overdueAtNs! / 1_000_000n);
    expect(overdueAtMs).toBe(950_010 + 3 * 5_000 + 10_000);
    const timed = { state: early.state, settlesAtMs: null, overdueAtMs };
    expect([overdueAtMs - 1, overdueAtMs].map((nowMs) => shownState(timed, nowMs))).toEqual([
      'waiting',
      'overdue',
    ]);
  });

  it('not for something that many other journeys lack, or that is never taken', () => {
    const some = taught(80, (n) => n % 4 > 0);
    expect(journeyOf([order(950)], 'order-950', { usual: some, ...after(960) }).summary.state).toBe('done');
    const none = taught(40, () => false);
    expect(journeyOf([order(950)], 'order-950', { usual: none, ...after(960) }).summary.state).toBe('done');
  });

  it('for an unknown taker if many journeys lack all known takers', () => {
    const usual = new UsualHandOffs();
    for (let n = 0; n < 40; n++) {
      const spans = [order(n), ...(n % 4 === 0 ? [batch(n, 20, 'fan-out-order')] : [])];
      journeyFrom(graphOf(spans), `order-${n}`, usual, { ...after(45), quietMs: 0 });
    }
    expect(journeyOf([order(41)], 'order-41', { usual, ...after(45) }).summary.state).toBe('waiting');
  });

  it('for a scheduled batch although many orders came in since the last one', () => {
    const usual = taught(40, () => true);
    for (let n = 1_000; n < 1_400; n++)
      journeyFrom(graphOf([order(n, 950_000)]), `order-${n}`, usual, { ...after(952), quietMs: 0 });
    const { summary } = journeyOf([order(951)], 'order-951', { usual, ...after(953) });
    expect(summary.waitingFor).toMatchObject({ operation: 'process-batch' });
  });

  it('not for anything after a failure', () => {
    const usual = taught(40, () => true);
    const failed = { ...order(950), error: 'not valid' };
    expect(journeyOf([failed], 'order-950', { usual, ...after(960) }).summary.state).toBe('failed');
  });
});

describe('a fan-in of 10,000', () => {
  it('is computed once for all of its journeys', () => {
    const size = 10_000;
    const sources = Array.from({ length: size }, (_, n): SpanSketch => ({
      trace: `m-${n}`,
      names: { 'order.id': `${n}` },
    }));
    const spans: SpanSketch[] = [
      ...sources,
      { trace: 'batch', at: 1_000, lasts: 900, links: sources.map(({ trace }) => `${trace}:origin`) },
      ...sources.map(({ trace, names }): SpanSketch => ({
        trace: 'batch',
        span: `item ${trace}`,
        parent: 'batch',
        operation: 'reconcile',
        at: 1_100,
        ...(names && { names }),
      })),
    ];
    const graph = graphOf(spans);
    const heads = headsIn(graph);
    expect(heads).toHaveLength(size);
    const usual = new UsualHandOffs();
    let looked = 0;
    // Each batch span may be visited once in total, not once in each of the journeys, which would
    // be 100 million visits.
    const { scope } = graph.traces.get('batch')!.units[0]!;
    for (const span of scope) {
      const { names } = span;
      Object.defineProperty(span, 'names', { get: () => (looked++, names) });
    }
    for (const head of heads.slice(0, 1_000)) {
      const { story } = journeyFrom(graph, head, usual, { nowNs: 0n, quietMs: 60_000 });
      expect(story.path.at(-1)).toMatchObject({ sources: size, ownNs: 10 * MS });
    }
    expect(looked).toBeLessThan(size + 1_000 * 500);
  });
});
