import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
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
      'batch.links.kept': 5,
      'batch.links.missing': 0,
    });
  });

  it('starts a trace of its own also inside a span, and its children do not see the span outside', () => {
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

  it('costs a broken carrier its link, says why, and never links to the span that is active', () => {
    const outer = tracer.startSpan('outer', { root: true });
    const broken = [null, {}, 'garbage', { traceparent: `00-${'0'.repeat(32)}-${'0'.repeat(16)}-01` }];
    context.with(trace.setSpan(ROOT_CONTEXT, outer), () => {
      startFanIn(tracer, 'process-batch', [sourceAt(0), ...broken.map((carrier) => ({ carrier }))])?.end();
    });
    const [span] = exporter.getFinishedSpans();
    expect(linkedTo(span!)).toEqual([idOf(0, 16)]);
    expect(span?.attributes).toMatchObject({
      'batch.size': 5,
      'batch.links.kept': 1,
      'batch.links.missing': 4,
      'batch.links.missing_reason.missing': 2,
      'batch.links.missing_reason.malformed': 1,
      'batch.links.missing_reason.invalid': 1,
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
    expect(root?.attributes).toMatchObject({ 'batch.size': count, 'batch.links.kept': count });
    expect(parts.every((part) => part.parentSpanContext?.spanId === root?.spanContext().spanId)).toBe(true);
    const inOrder = [
      root!,
      ...parts.sort((a, b) => Number(a.attributes['batch.part']) - Number(b.attributes['batch.part'])),
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

  it('does not seem to end before the last of its children', () => {
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
