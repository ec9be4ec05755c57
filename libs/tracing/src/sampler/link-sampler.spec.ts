import {
  createTraceState,
  diag,
  DiagLogLevel,
  INVALID_SPAN_CONTEXT,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  TraceFlags,
  type Context,
  type Link,
} from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  TraceIdRatioBasedSampler,
  type Sampler as SdkSampler,
} from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { withLinkSources } from '../fan-in-sources.ts';
import { startFanIn } from '../fan-in.ts';
import { LinkSampler, type LinkSamplerOptions } from './link-sampler.ts';
import type { KeepRule } from './keep-rule.ts';
import type { Sampler, SamplingResult } from './sampler.ts';

const TRACE_ID = 'a'.repeat(32);
const idOf = (index: number, length: number) => (index + 1).toString(16).padStart(length, '0');
const linkTo = (index: number, traceFlags: number): Link => ({
  context: { traceId: idOf(index, 32), spanId: idOf(index, 16), traceFlags },
});
const answering = (result: SamplingResult): Sampler => ({
  shouldSample: () => result,
  toString: () => 'answering',
});
const KEEP = new AlwaysOnSampler();
const DROP = new AlwaysOffSampler();
const LINKS = {
  none: [linkTo(1, 0), linkTo(2, 0)],
  some: [linkTo(1, 0), linkTo(2, 1)],
  all: [linkTo(1, 1), linkTo(2, 1)],
};
const childOf = (traceFlags: TraceFlags) =>
  trace.setSpanContext(ROOT_CONTEXT, { traceId: TRACE_ID, spanId: idOf(7, 16), traceFlags });
const PARENTS = {
  none: ROOT_CONTEXT,
  invalid: trace.setSpanContext(ROOT_CONTEXT, INVALID_SPAN_CONTEXT),
  sampled: childOf(TraceFlags.SAMPLED),
  unsampled: childOf(TraceFlags.NONE),
};
const ask = (sampler: Sampler, parent: Context = ROOT_CONTEXT, links: Link[] = LINKS.all) =>
  sampler.shouldSample(parent, TRACE_ID, 'process-batch', SpanKind.CONSUMER, {}, links);

const warnings: string[] = [];
beforeEach(() => {
  warnings.length = 0;
  const warn = (message: string) => warnings.push(message);
  diag.setLogger({ warn, error: warn, info: warn, debug: warn, verbose: warn }, DiagLogLevel.WARN);
});
afterEach(() => diag.disable());

describe('the truth table of LinkSampler', () => {
  // The sets of links that keep, with a free bound and a fallback that drops.
  const KEEPS: [KeepRule, (keyof typeof LINKS)[]][] = [
    ['any', ['some', 'all']],
    ['all', ['all']],
    [{ ratio: 0.5 }, ['some', 'all']],
    [{ ratio: 0.51 }, ['all']],
  ];
  const rows = KEEPS.flatMap(([keepWhen, keeping]) =>
    (['none', 'some', 'all'] as const).flatMap((links) =>
      (['none', 'invalid', 'sampled', 'unsampled'] as const).flatMap((parent) =>
        [true, false].flatMap((fallback) =>
          [true, false].map((free) => ({
            keepWhen,
            links,
            parent,
            fallback,
            free,
            keeps: keeping.includes(links),
          })),
        ),
      ),
    ),
  );

  it('has 192 rows', () => expect(rows).toHaveLength(4 * 3 * 4 * 2 * 2));

  it.each(rows)(
    'keep when $keepWhen, $links of the links sampled, parent $parent, fallback keeps: $fallback, bound free: $free',
    ({ keepWhen, links, parent, fallback, free, keeps }) => {
      const make = () =>
        new LinkSampler({
          fallback: fallback ? KEEP : DROP,
          keepWhen,
          maxExtraPerSecond: free ? 1 : 0,
          nowMs: () => 0,
        });
      const isRoot = parent === 'none' || parent === 'invalid';
      const byLinks = isRoot && !fallback && keeps && free;
      const bare = ask(make(), PARENTS[parent], LINKS[links]);
      expect(bare.decision).toBe(fallback || byLinks ? 2 : 0);
      expect(bare.attributes?.['spanlinks.sampled_by']).toBe(
        byLinks ? 'links' : isRoot && fallback ? 'fallback' : undefined,
      );
      const parentBased = new ParentBasedSampler({ root: make() });
      const expected = isRoot ? fallback || byLinks : parent === 'sampled';
      expect(ask(parentBased, PARENTS[parent], LINKS[links]).decision).toBe(expected ? 2 : 0);
    },
  );
});

describe('LinkSampler', () => {
  it('spends its bound only on traces that links add', () => {
    const clock = { nowMs: 0 };
    const sampler = (fallback: Sampler) =>
      new LinkSampler({ fallback, maxExtraPerSecond: 2, nowMs: () => clock.nowMs });
    const kept = sampler(KEEP);
    const added = sampler(DROP);
    const decisions = (of: Sampler, links: Link[]) =>
      [1, 2, 3, 4].map(() => ask(of, ROOT_CONTEXT, links).decision);
    expect(decisions(kept, LINKS.some)).toEqual([2, 2, 2, 2]);
    expect(decisions(added, LINKS.none)).toEqual([0, 0, 0, 0]);
    expect(ask(added, PARENTS.unsampled).decision).toBe(0);
    expect(decisions(added, LINKS.some)).toEqual([2, 2, 0, 0]);
    clock.nowMs += 500;
    expect(decisions(added, LINKS.some)).toEqual([2, 0, 0, 0]);
    expect(warnings).toEqual(['LinkSampler reached its bound of 2 extra traces a second; this is said once']);
  });

  it('has a bound by default', () => {
    const sampler = new LinkSampler({ fallback: DROP, nowMs: () => 0 });
    const kept = Array.from({ length: 500 }, () => ask(sampler).decision).filter(
      (decision) => decision === 2,
    );
    expect(kept).toHaveLength(100);
  });

  it('upgrades a span that the fallback only records', () => {
    expect(ask(new LinkSampler({ fallback: answering({ decision: 1 }) })).decision).toBe(2);
    expect(ask(new LinkSampler({ fallback: answering({ decision: 1 }) }), ROOT_CONTEXT, []).decision).toBe(1);
  });

  it('erases the threshold of the spans that it upgrades, and keeps randomness and other vendors', () => {
    const traceState = createTraceState('rojo=1,ot=th:fd70a4;rv:6e6d1a75832a2f');
    const result = ask(new LinkSampler({ fallback: answering({ decision: 0, traceState }) }));
    expect(result.decision).toBe(2);
    expect(result.traceState?.get('ot')).toBe('rv:6e6d1a75832a2f');
    expect(result.traceState?.get('rojo')).toBe('1');
  });

  it('keeps the trace state if the decision is not its own', () => {
    const traceState = createTraceState('ot=th:fd70a4');
    const kept = new LinkSampler({ fallback: answering({ decision: 2, traceState }) });
    const dropped = new LinkSampler({ fallback: answering({ decision: 0, traceState }) });
    expect(ask(kept).traceState).toBe(traceState);
    expect(ask(dropped, ROOT_CONTEXT, LINKS.none).traceState).toBe(traceState);
    expect(ask(dropped, PARENTS.unsampled).traceState).toBe(traceState);
    expect(ask(new LinkSampler({ fallback: DROP }))).not.toHaveProperty('traceState');
  });

  it("keeps the fallback's attributes, and never changes the fallback's own answer", () => {
    const answer = Object.freeze({ decision: 0, attributes: Object.freeze({ rule: 'night' }) } as const);
    expect(ask(new LinkSampler({ fallback: answering(answer) })).attributes).toEqual({
      rule: 'night',
      'spanlinks.sampled_by': 'links',
    });
  });

  it('says nothing about spans without links', () => {
    expect(ask(new LinkSampler({ fallback: KEEP }), ROOT_CONTEXT, [])).toEqual({ decision: 2 });
  });

  it('also decides by the sources in the context, each counted once', () => {
    const context = withLinkSources(ROOT_CONTEXT, [...LINKS.none, linkTo(3, 1), linkTo(4, 1)]);
    const decide = (keepWhen: KeepRule) =>
      ask(new LinkSampler({ fallback: DROP, keepWhen }), context, LINKS.none).decision;
    expect(decide('any')).toBe(2);
    expect(decide({ ratio: 0.5 })).toBe(2);
    expect(decide({ ratio: 0.51 })).toBe(0);
    const upgradeOfChild = new LinkSampler({ fallback: DROP });
    expect(ask(upgradeOfChild, withLinkSources(PARENTS.unsampled, LINKS.all), LINKS.all).decision).toBe(0);
  });

  it('has a description that matches its decisions', () => {
    const fallback = new TraceIdRatioBasedSampler(0.01);
    const describeIt = (options: Partial<LinkSamplerOptions>) =>
      new LinkSampler({ fallback, ...options }).toString();
    expect(describeIt({})).toBe(
      'LinkSampler{keepWhen=any, maxExtraPerSecond=100, fallback=TraceIdRatioBased{0.01}}',
    );
    expect(describeIt({ keepWhen: { ratio: 0.25 }, maxExtraPerSecond: -1 })).toContain(
      'keepWhen=ratio 0.25, maxExtraPerSecond=0,',
    );
    expect(describeIt({ keepWhen: { ratio: 3 } })).toContain('keepWhen=all');
  });

  it('is a sampler to the SDK, and accepts one of its samplers as fallback', () => {
    const sampler: SdkSampler = new LinkSampler({ fallback: new ParentBasedSampler({ root: DROP }) });
    expect(new ParentBasedSampler({ root: sampler }).toString()).toContain('root=LinkSampler{');
  });
});

describe('LinkSampler never throws', () => {
  const fail = () => {
    throw new Error('broken');
  };
  const hostile = new Proxy({} as Link, { get: fail });

  it('drops spans that a broken fallback cannot decide', () => {
    const sampler = new LinkSampler({ fallback: { shouldSample: fail, toString: () => 'broken' } });
    expect([ask(sampler), ask(sampler)]).toEqual([{ decision: 0 }, { decision: 0 }]);
    expect(warnings).toEqual(['LinkSampler failed and left it to its fallback; this is said once']);
  });

  it.each<[string, Link[], Partial<LinkSamplerOptions>]>([
    ['hostile links', [hostile, linkTo(1, 1)], {}],
    ['a broken clock', LINKS.all, { nowMs: fail }],
  ])("falls back to the fallback's decision with %s", (_what, links, options) => {
    expect(ask(new LinkSampler({ fallback: DROP, ...options }), ROOT_CONTEXT, links)).toEqual({
      decision: 0,
    });
    expect(ask(new LinkSampler({ fallback: KEEP, ...options }), ROOT_CONTEXT, links).decision).toBe(2);
  });

  it('not even if the diagnostics logger does', () => {
    const ignore = () => {};
    diag.disable();
    diag.setLogger(
      { warn: fail, error: ignore, info: ignore, debug: ignore, verbose: ignore },
      DiagLogLevel.WARN,
    );
    expect(() => diag.warn('the logger under test')).toThrow('broken');
    expect(ask(new LinkSampler({ fallback: DROP, maxExtraPerSecond: 0 })).decision).toBe(0);
    expect(ask(new LinkSampler({ fallback: DROP, nowMs: fail })).decision).toBe(0);
  });

  it('for any value as links', () => {
    fc.assert(
      fc.property(
        fc.array(fc.anything()),
        fc.constantFrom<KeepRule>('any', 'all', { ratio: 0.5 }),
        (junk, keepWhen) => {
          const { decision } = ask(
            new LinkSampler({ fallback: DROP, keepWhen }),
            ROOT_CONTEXT,
            junk as Link[],
          );
          // Junk contains no sampled source, so it cannot keep a span either.
          expect(decision).toBe(0);
        },
      ),
    );
    expect(warnings).toEqual([]);
  });
});

describe('a batch under ParentBased({ root: LinkSampler })', () => {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({
    sampler: new ParentBasedSampler({
      root: new LinkSampler({ fallback: DROP, maxExtraPerSecond: Infinity }),
    }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('link-sampler.spec');
  beforeEach(() => exporter.reset());

  const batchOf = (size: number, sampledAt: number) => {
    const sources = Array.from({ length: size }, (_, index) => ({
      carrier: { traceparent: `00-${idOf(index, 32)}-${idOf(index, 16)}-0${index === sampledAt ? 1 : 0}` },
    }));
    const fanIn = startFanIn(tracer, 'process-batch', sources);
    tracer.startSpan('reconcile-order', {}, fanIn?.contextOf(size - 1)).end();
    fanIn?.end();
    return exporter.getFinishedSpans();
  };

  it.each([0, 127, 128, 500, 999])('of 1,000 is kept whole for the one source sampled at %i', (sampledAt) => {
    const spans = batchOf(1_000, sampledAt);
    expect(spans).toHaveLength(9);
    const root = spans.find(({ name }) => name === 'process-batch');
    expect(root?.attributes['spanlinks.sampled_by']).toBe('links');
    expect(spans.flatMap((span) => span.links)).toHaveLength(1_000);
    expect(new Set(spans.map((span) => span.spanContext().traceId)).size).toBe(1);
  });

  it.each([1, 128, 129, 1_000])(
    'of %i without a sampled source leaves no span, no part and no child',
    (size) => {
      expect(batchOf(size, -1)).toEqual([]);
    },
  );

  it('is kept if and only if one of its sources is sampled, at any position', () => {
    const size = fc.integer({ min: 1, max: 400 });
    fc.assert(
      fc.property(size, fc.integer({ min: -1, max: 400 }), (count, sampledAt) => {
        exporter.reset();
        const hasSampled = sampledAt >= 0 && sampledAt < count;
        const parts = Math.ceil(count / 128);
        expect(batchOf(count, sampledAt)).toHaveLength(hasSampled ? parts + 1 : 0);
      }),
      { numRuns: 60 },
    );
  });
});
