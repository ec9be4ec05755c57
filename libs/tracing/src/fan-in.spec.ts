import {
  context,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Tracer,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFanIn } from './fan-in.ts';
import type { LinkSource } from './links.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer('fan-in.spec');

const idOf = (index: number, length: number) => (index + 1).toString(16).padStart(length, '0');
const sourceAt = (index: number): LinkSource => ({
  carrier: { traceparent: `00-${idOf(index, 32)}-${idOf(index, 16)}-01` },
  attributes: { 'messaging.message.id': `order-${index}` },
});
const sources = (count: number) => Array.from({ length: count }, (_, index) => sourceAt(index));
const linkedTo = (span: ReadableSpan) => span.links.map((link) => link.context.spanId);

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => exporter.reset());

describe('startFanIn', () => {
  it('makes no span for an empty batch', () => {
    expect(startFanIn(tracer, 'process-batch', [])).toBeUndefined();
  });

  it('links to every source at the start of one root span', () => {
    const fanIn = startFanIn(tracer, 'process-batch', sources(5), { attributes: { job: 'hourly' } });
    fanIn?.end();
    const [span] = exporter.getFinishedSpans();
    expect(span?.name).toBe('process-batch');
    expect(span?.kind).toBe(SpanKind.CONSUMER);
    expect(span?.parentSpanContext).toBeUndefined();
    expect(linkedTo(span!)).toEqual(Array.from({ length: 5 }, (_, index) => idOf(index, 16)));
    expect(span?.links[2]?.attributes).toEqual({
      'messaging.message.id': 'order-2',
      'spanlinks.relation': 'origin',
    });
    expect(span?.attributes).toEqual({
      job: 'hourly',
      'batch.size': 5,
      'messaging.batch.message_count': 5,
      'spanlinks.links.kept': 5,
      'spanlinks.links.missing': 0,
    });
  });

  it('starts its own trace even inside a span, and its children do not see the span outside', () => {
    const outer = tracer.startSpan('cron-tick', { root: true });
    context.with(trace.setSpan(ROOT_CONTEXT, outer), () => {
      const fanIn = startFanIn(tracer, 'process-batch', sources(1));
      tracer.startSpan('reconcile-order', {}, fanIn?.contextOf(0)).end();
      fanIn?.end();
    });
    outer.end();
    const [child, batch] = exporter.getFinishedSpans();
    expect(batch?.parentSpanContext).toBeUndefined();
    expect(batch?.spanContext().traceId).not.toBe(outer.spanContext().traceId);
    expect(child?.parentSpanContext?.spanId).toBe(batch?.spanContext().spanId);
  });

  it('loses only the link of a broken carrier, says why, and never links to the active span', () => {
    const outer = tracer.startSpan('outer', { root: true });
    const broken = [null, {}, 'garbage', { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` }];
    context.with(trace.setSpan(ROOT_CONTEXT, outer), () => {
      startFanIn(tracer, 'process-batch', [sourceAt(0), ...broken.map((carrier) => ({ carrier }))])?.end();
    });
    const [span] = exporter.getFinishedSpans();
    expect(linkedTo(span!)).toEqual([idOf(0, 16)]);
    expect(span?.attributes).toMatchObject({
      'batch.size': 5,
      'spanlinks.links.kept': 1,
      'spanlinks.links.missing': 4,
      'spanlinks.links.missing_reason.missing': 2,
      'spanlinks.links.missing_reason.malformed': 1,
      'spanlinks.links.missing_reason.invalid': 1,
    });
  });

  it('links once to a source that many items share, and counts them', () => {
    startFanIn(tracer, 'process-batch', [sourceAt(0), sourceAt(1), sourceAt(0)])?.end();
    const [span] = exporter.getFinishedSpans();
    expect(linkedTo(span!)).toEqual([idOf(0, 16), idOf(1, 16)]);
    expect(span?.links[0]?.attributes?.['spanlinks.source_count']).toBe(2);
    expect(span?.links[1]?.attributes).not.toHaveProperty('spanlinks.source_count');
  });

  it('links to an unsampled source with its flags', () => {
    startFanIn(tracer, 'process-batch', [{ carrier: `00-${idOf(1, 32)}-${idOf(1, 16)}-00` }])?.end();
    expect(exporter.getFinishedSpans()[0]?.links[0]?.context.traceFlags).toBe(TraceFlags.NONE);
  });

  it.each([128, 129, 200, 1_000, 10_000])('drops no link of %i sources', (count) => {
    startFanIn(tracer, 'process-batch', sources(count))?.end();
    const spans = exporter.getFinishedSpans();
    const root = spans.find((span) => span.name === 'process-batch');
    const parts = spans.filter((span) => span !== root);
    expect(spans).toHaveLength(Math.ceil(count / 128));
    expect(spans.every((span) => span.droppedLinksCount === 0)).toBe(true);
    expect(root?.attributes).toMatchObject({ 'batch.size': count, 'spanlinks.links.kept': count });
    expect(parts.every((part) => part.parentSpanContext?.spanId === root?.spanContext().spanId)).toBe(true);
    const inOrder = [
      root!,
      ...parts.sort(
        (a, b) => Number(a.attributes['spanlinks.part']) - Number(b.attributes['spanlinks.part']),
      ),
    ];
    expect(inOrder.flatMap(linkedTo)).toEqual(sources(count).map((_, index) => idOf(index, 16)));
  });

  it('links every distinct source exactly once and puts its work under the part that links to it', () => {
    const batch = fc.array(fc.oneof(fc.nat({ max: 60 }), fc.constant(null)), { minLength: 1, maxLength: 80 });
    fc.assert(
      fc.property(batch, fc.integer({ min: 1, max: 20 }), (items, linkLimit) => {
        exporter.reset();
        const carriers = items.map((item) => (item === null ? { carrier: null } : sourceAt(item)));
        const fanIn = startFanIn(tracer, 'b', carriers, { linkLimit });
        fanIn?.end();
        const spans = exporter.getFinishedSpans();
        const distinct = new Set(items.filter((item) => item !== null));
        expect(spans.flatMap(linkedTo).sort()).toEqual([...distinct].map((item) => idOf(item, 16)).sort());
        items.forEach((item, position) => {
          const owner = trace.getSpanContext(fanIn!.contextOf(position))?.spanId;
          const bearer = spans.find((span) => span.spanContext().spanId === owner);
          expect(bearer).toBeDefined();
          if (item !== null) expect(linkedTo(bearer!)).toContain(idOf(item, 16));
        });
      }),
    );
  });

  it('may be back-dated to when the work was fetched', () => {
    const fetchedAt = Date.now() - 1_000;
    startFanIn(tracer, 'process-batch', sources(1), { startTime: fetchedAt })?.end();
    const [seconds, nanos] = exporter.getFinishedSpans()[0]!.startTime;
    expect(Math.round(seconds * 1e3 + nanos / 1e6)).toBe(fetchedAt);
  });

  it('does not seem to end before its last child', () => {
    const fanIn = startFanIn(tracer, 'process-batch', sources(1));
    for (let i = 0; i < 200; i++) tracer.startSpan('child', {}, fanIn?.contextOf(0)).end();
    fanIn?.end();
    const ends = exporter
      .getFinishedSpans()
      .map(({ endTime: [s, n] }) => BigInt(s) * 1_000_000_000n + BigInt(n));
    expect(ends.every((end) => end <= ends.at(-1)!)).toBe(true);
  });

  it('marks every part as failed', () => {
    const fanIn = startFanIn(tracer, 'process-batch', sources(3), { linkLimit: 2 });
    fanIn?.fail(new Error('the database went away'));
    fanIn?.end();
    const statuses = exporter.getFinishedSpans().map((span) => span.status);
    expect(statuses).toHaveLength(2);
    expect(statuses.every((status) => status.code === SpanStatusCode.ERROR)).toBe(true);
  });

  it('works without an SDK', () => {
    const fanIn = startFanIn(trace.getTracer('none'), 'process-batch', sources(300));
    expect(fanIn?.links.links).toHaveLength(300);
    fanIn?.end();
  });
});

describe('the limits of a batch span', () => {
  const withLimits = (linkCountLimit: number) => {
    const ended = new InMemorySpanExporter();
    const limited = new BasicTracerProvider({
      spanLimits: { linkCountLimit },
      spanProcessors: [new SimpleSpanProcessor(ended)],
    });
    return { limitedTracer: limited.getTracer('limited'), spans: () => ended.getFinishedSpans() };
  };
  /** A tracer that does not show its limits, like that of another SDK. */
  const opaque = (shown: Tracer): Tracer => ({
    startSpan: (...args) => shown.startSpan(...args),
    startActiveSpan: () => {
      throw new Error('not used');
    },
  });

  it.each([Number.NaN, undefined, -1, 0, 0.5, Number.POSITIVE_INFINITY])(
    'a link limit of %s drops no link',
    (linkLimit) => {
      startFanIn(tracer, 'process-batch', sources(100), { linkLimit })?.end();
      const spans = exporter.getFinishedSpans();
      expect(spans.flatMap(linkedTo)).toHaveLength(100);
      expect(spans.at(-1)?.attributes['spanlinks.links.kept']).toBe(100);
    },
  );

  it('splits by the limit of the SDK if that is smaller, and nothing counts as dropped', () => {
    const { limitedTracer, spans } = withLimits(50);
    startFanIn(limitedTracer, 'process-batch', sources(130))?.end();
    expect(spans().map((span) => [span.name, span.links.length, span.droppedLinksCount])).toEqual([
      ['process-batch part 3/3', 30, 0],
      ['process-batch part 2/3', 50, 0],
      ['process-batch', 50, 0],
    ]);
    expect(spans().at(-1)?.attributes).toMatchObject({ 'spanlinks.links.kept': 130, 'spanlinks.parts': 3 });
  });

  it('links every source once and counts what the spans hold, for any limits and for any tracer', () => {
    const bounds = fc.record({
      count: fc.integer({ min: 1, max: 60 }),
      sdkLimit: fc.integer({ min: 0, max: 30 }),
      linkLimit: fc.oneof(fc.integer({ min: 1, max: 40 }), fc.constant(undefined)),
      isShown: fc.boolean(),
    });
    fc.assert(
      fc.property(bounds, ({ count, sdkLimit, linkLimit, isShown }) => {
        const { limitedTracer, spans } = withLimits(sdkLimit);
        const fanIn = startFanIn(isShown ? limitedTracer : opaque(limitedTracer), 'b', sources(count), {
          linkLimit,
        });
        fanIn?.end();
        const root = spans().at(-1)!;
        const linked = spans().flatMap(linkedTo);
        const kept = sdkLimit === 0 ? 0 : count;
        expect(new Set(linked).size).toBe(linked.length);
        expect(linked).toHaveLength(kept);
        expect(root.attributes['spanlinks.links.kept']).toBe(kept);
        expect(root.attributes['spanlinks.links.dropped']).toBe(kept === 0 ? count : undefined);
        expect(root.attributes['spanlinks.parts'] ?? 1).toBe(spans().length);
        for (let position = 0; position < count && kept > 0; position++) {
          const owner = fanIn!.spanOf(position).spanContext().spanId;
          expect(trace.getSpanContext(fanIn!.contextOf(position))?.spanId).toBe(owner);
          const bearer = spans().find((span) => span.spanContext().spanId === owner);
          expect(linkedTo(bearer!)).toContain(idOf(position, 16));
        }
      }),
    );
  });

  it('keeps its own attributes when those of the user fill the limit of the SDK', () => {
    const attributes = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`custom.${index}`, index]),
    );
    startFanIn(tracer, 'process-batch', sources(200), { attributes })?.end();
    const [part, root] = exporter.getFinishedSpans();
    expect(root?.attributes).toMatchObject({
      'batch.size': 200,
      'spanlinks.links.kept': 200,
      'spanlinks.parts': 2,
    });
    expect(part?.attributes).toMatchObject({ 'spanlinks.part': 2, 'spanlinks.parts': 2 });
  });
});
