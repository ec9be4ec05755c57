import { context, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { captureTraceContext } from './carrier.ts';
import { startFanIn, type FanInOptions } from './fan-in.ts';
import { inFanIn } from './in-fan-in.ts';
import { marksOfAttempt, type Attempt } from './attempt.ts';
import type { LinkSource } from './links.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer('attempt.spec');

const spanIdOf = (index: number) => (index + 1).toString(16).padStart(16, '0');
const carrierAt = (index: number, flags = '01') => ({
  traceparent: `00-${(index + 1).toString(16).padStart(32, '0')}-${spanIdOf(index)}-${flags}`,
});
const origins = (count: number) =>
  Array.from({ length: count }, (_, index) => ({ carrier: carrierAt(index) }));
const relationsOf = (span: ReadableSpan | undefined) =>
  span?.links.map((link) => [link.attributes?.['spanlinks.relation'], link.context.spanId]);

const startAttempt = (
  name: string,
  sources: readonly LinkSource[],
  attempt: Attempt,
  options: FanInOptions = {},
) => startFanIn(tracer, name, sources, { ...options, attempt })!;

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => exporter.reset());

describe('startFanIn with an attempt', () => {
  it('links the span that does the work to the origin and to the attempt before, from what was stored', async () => {
    const stored: unknown[] = [];
    for (const number of [1, 2, 3]) {
      const previous = stored.map((carrier, index) => ({ carrier, number: index + 1 })).slice(-1);
      const attempt = startAttempt('charge', origins(1), { number, previous });
      await inFanIn(attempt, async () => {
        stored.push(JSON.stringify(captureTraceContext()));
        tracer.startSpan('call-bank').end();
      });
    }
    const [first, second, third] = exporter.getFinishedSpans().filter((span) => span.name === 'charge');
    expect(relationsOf(first)).toEqual([['origin', spanIdOf(0)]]);
    expect(relationsOf(second)).toEqual([
      ['previous_attempt', first?.spanContext().spanId],
      ['origin', spanIdOf(0)],
    ]);
    expect(relationsOf(third)?.[0]).toEqual(['previous_attempt', second?.spanContext().spanId]);
    expect(third?.links[0]?.attributes?.['spanlinks.attempt']).toBe(2);
    expect(third?.attributes['spanlinks.attempt']).toBe(3);
    const calls = exporter.getFinishedSpans().filter((span) => span.name === 'call-bank');
    expect(calls.map((call) => call.parentSpanContext?.spanId)).toEqual(
      [first, second, third].map((span) => span?.spanContext().spanId),
    );
    expect(new Set([first, second, third].map((span) => span?.spanContext().traceId)).size).toBe(3);
  });

  it('is a root span inside any active span, and a broken carrier of an attempt costs only its link and is counted', () => {
    const outer = tracer.startSpan('cron-tick', { root: true });
    const previous = [null, 'garbage', carrierAt(9)].map((carrier) => ({ carrier, number: 1 }));
    context.with(trace.setSpan(ROOT_CONTEXT, outer), () =>
      startAttempt('charge', origins(1), { number: 2, previous }).end(),
    );
    const [span] = exporter.getFinishedSpans();
    expect(span?.parentSpanContext).toBeUndefined();
    expect(relationsOf(span)).toEqual([
      ['previous_attempt', spanIdOf(9)],
      ['origin', spanIdOf(0)],
    ]);
    expect(span?.attributes['spanlinks.previous_attempts.missing']).toBe(2);
  });

  it('has a span even if the origin is unknown', () => {
    startAttempt('charge', [], { number: 2, previous: [{ carrier: carrierAt(9), number: 1 }] }).end();
    const [span] = exporter.getFinishedSpans();
    expect(relationsOf(span)).toEqual([['previous_attempt', spanIdOf(9)]]);
    expect(span?.attributes).toMatchObject({ 'spanlinks.links.missing_reason.missing': 1 });
  });

  it('links to an unsampled attempt with its flags', () => {
    const previous = [{ carrier: carrierAt(9, '00'), number: 1 }];
    expect(marksOfAttempt({ number: 2, previous }).links[0]?.context.traceFlags).toBe(TraceFlags.NONE);
  });

  it('links once to a batch in which many items were tried, with the highest of their attempts', () => {
    const previous = [1, 3, 2].map((number) => ({ carrier: carrierAt(9), number }));
    const { links } = marksOfAttempt({ number: 4, previous });
    expect(links).toHaveLength(1);
    expect(links[0]?.attributes).toEqual({
      'spanlinks.attempt': 3,
      'spanlinks.relation': 'previous_attempt',
      'spanlinks.source_count': 3,
    });
  });
});

describe('a retried batch', () => {
  it('counts the links to attempts before against the limit and loses none', () => {
    const previous = [{ carrier: carrierAt(1_000), number: 1 }];
    startAttempt('process-batch', origins(128), { number: 2, previous }).end();
    const spans = exporter.getFinishedSpans();
    expect(spans.map((span) => [span.name, span.links.length, span.droppedLinksCount])).toEqual([
      ['process-batch part 2/2', 1, 0],
      ['process-batch', 128, 0],
    ]);
    expect(relationsOf(spans[1])?.[0]).toEqual(['previous_attempt', spanIdOf(1_000)]);
    expect(spans[1]?.attributes).toMatchObject({ 'batch.size': 128, 'spanlinks.links.kept': 128 });
  });

  it('links once to every origin and every attempt, with the work under the part that has its link', () => {
    const counts = fc.integer({ min: 0, max: 40 });
    fc.assert(
      fc.property(counts, counts, fc.integer({ min: 1, max: 15 }), (originCount, attempts, linkLimit) => {
        exporter.reset();
        const previous = Array.from({ length: attempts }, (_, index) => ({
          carrier: carrierAt(1_000 + index),
          number: 1,
        }));
        const fanIn = startAttempt('b', origins(originCount), { number: 2, previous }, { linkLimit });
        fanIn.end();
        const spans = exporter.getFinishedSpans();
        expect(spans.every((span) => span.links.length <= linkLimit)).toBe(true);
        const linked = spans.flatMap((span) => span.links.map((link) => link.context.spanId));
        const wanted = [...origins(originCount).keys(), ...previous.map((_, index) => 1_000 + index)].map(
          spanIdOf,
        );
        expect(linked.sort()).toEqual(wanted.sort());
        for (let position = 0; position < originCount; position++) {
          const owner = trace.getSpanContext(fanIn.contextOf(position))?.spanId;
          const bearer = spans.find((span) => span.spanContext().spanId === owner);
          expect(relationsOf(bearer)).toContainEqual(['origin', spanIdOf(position)]);
        }
      }),
    );
  });

  it('takes no extra link that names no span', () => {
    const nowhere = { traceId: '0'.repeat(32), spanId: 'zz', traceFlags: 1 };
    startFanIn(tracer, 'b', origins(1), { extraLinks: [{ context: nowhere }] })?.end();
    expect(relationsOf(exporter.getFinishedSpans()[0])).toEqual([['origin', spanIdOf(0)]]);
  });
});
