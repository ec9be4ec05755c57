import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { setTimeout as wait } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { captureTraceContext } from '../carrier.ts';
import { fanOut } from '../fan-out.ts';
import { inSpan } from '../in-span.ts';
import { recordSpans, type SpanRecording } from './record-spans.ts';

// As in an application: at the top of a module, before any provider exists.
const applicationTracer = trace.getTracer('application');

let recordings: SpanRecording[] = [];
const recording = () => {
  const spans = recordSpans();
  recordings.push(spans);
  return spans;
};
afterEach(() => {
  recordings.forEach((spans) => spans.stop());
  recordings = [];
  trace.disable();
  context.disable();
});

describe('recordSpans', () => {
  it('records the spans of the application, sampled and nested over await', async () => {
    const spans = recording();
    const carrier = await inSpan(applicationTracer, 'receive-order', {}, async () => {
      await wait(1);
      inSpan(applicationTracer, 'validate', {}, () => undefined);
      return captureTraceContext();
    });
    const root = spans.only('receive-order');
    expect(root.sampled).toBe(true);
    expect(spans.only('validate').parentSpanId).toBe(root.spanId);
    expect(carrier?.traceparent).toContain(root.spanId);
  });

  it('continues to record tracers of the application after a stop and a new start', () => {
    const first = recording();
    inSpan(applicationTracer, 'first', {}, () => undefined);
    first.stop();
    inSpan(applicationTracer, 'between', {}, () => undefined);
    const second = recording();
    inSpan(applicationTracer, 'second', {}, () => undefined);
    expect(first.all.map(({ name }) => name)).toEqual(['first']);
    expect(second.all.map(({ name }) => name)).toEqual(['second']);
  });

  it('leaves the process without a provider and context manager after the last stop', () => {
    const [outer, inner] = [recording(), recording()];
    inSpan(applicationTracer, 'both', {}, () => undefined);
    inner.stop();
    inSpan(trace.getTracer('fresh'), 'outer', {}, () => undefined);
    expect(outer.all.map(({ name }) => name)).toEqual(['both', 'outer']);
    expect(inner.all.map(({ name }) => name)).toEqual(['both']);
    outer.stop();
    outer.stop();
    expect(trace.getTracer('x').startSpan('y').isRecording()).toBe(false);
    expect(trace.setGlobalTracerProvider(new BasicTracerProvider())).toBe(true);
    expect(context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())).toBe(true);
  });

  it('keeps an existing context manager', () => {
    const theirs = new AsyncLocalStorageContextManager().enable();
    context.setGlobalContextManager(theirs);
    recording().stop();
    expect(context.setGlobalContextManager(new AsyncLocalStorageContextManager())).toBe(false);
  });

  it('reports another registered provider, and does not replace half of it', () => {
    trace.setGlobalTracerProvider(new BasicTracerProvider());
    expect(() => recordSpans()).toThrow(/a tracer provider registered already/);
    trace.disable();
    const spans = recording();
    inSpan(applicationTracer, 'after', {}, () => undefined);
    expect(spans.all).toHaveLength(1);
  });

  it('resets and stops in the given hooks', () => {
    let reset: () => void = () => expect.unreachable();
    let stop: () => void = () => expect.unreachable();
    const spans = recordSpans({ beforeEach: (hook) => (reset = hook), afterAll: (hook) => (stop = hook) });
    spans.tracer.startSpan('from the test before').end();
    reset();
    expect(spans.all).toEqual([]);
    stop();
    expect(trace.getTracer('x').startSpan('y').isRecording()).toBe(false);
  });

  it('sees the links that the SDK drops', () => {
    const spans = recording();
    const link = { context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 } };
    spans.tracer.startSpan('batch', { links: Array.from({ length: 200 }, () => link) }).end();
    expect(spans.only('batch')).toMatchObject({ droppedLinks: 72, links: { length: 128 } });
  });

  it('sees a fan-out: a trace for each branch, with a link back', async () => {
    const spans = recording();
    await inSpan(spans.tracer, 'order', {}, () =>
      fanOut(spans.tracer, [
        { name: 'reserve', run: () => wait(1) },
        { name: 'charge', run: () => wait(1) },
      ]),
    );
    expect(spans.traces).toHaveLength(3);
    expect(
      spans.linksBetween(
        ['reserve', 'charge'].map((name) => spans.only(name)),
        'order',
      ),
    ).toHaveLength(2);
  });
});
