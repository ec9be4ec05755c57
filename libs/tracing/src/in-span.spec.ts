import { context, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { inSpan } from './in-span.ts';

const exporter = new InMemorySpanExporter();
const tracer = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] }).getTracer(
  'in-span',
);

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => exporter.reset());

describe('inSpan', () => {
  it('makes the span active for the work and ends it with a plain result', () => {
    const result = inSpan(tracer, 'work', {}, (span) => {
      expect(trace.getActiveSpan()).toBe(span);
      return 7;
    });
    expect(result).toBe(7);
    expect(exporter.getFinishedSpans()[0]?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('ends the span when the promise settles, not before', async () => {
    await inSpan(tracer, 'work', {}, async () => {
      await Promise.resolve();
      expect(exporter.getFinishedSpans()).toHaveLength(0);
    });
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });

  it.each([
    [
      'thrown',
      () => {
        throw new RangeError('too far');
      },
    ],
    [
      'rejected',
      async () => {
        throw new RangeError('too far');
      },
    ],
  ])('records what was %s and throws it on', async (_, work) => {
    await expect(async () => inSpan(tracer, 'work', {}, work)).rejects.toThrow(RangeError);
    const [span] = exporter.getFinishedSpans();
    expect(span?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'too far' });
    expect(span?.events[0]?.attributes?.['exception.type']).toBe('RangeError');
  });

  it('rethrows and ends the span even if the thrown value cannot be converted to text', () => {
    const thrown: unknown = Object.create(null);
    let caught: unknown;
    try {
      inSpan(tracer, 'work', {}, () => {
        throw thrown;
      });
    } catch (error) {
      caught = error;
    }
    expect(caught).toBe(thrown);
    expect(exporter.getFinishedSpans()[0]?.attributes['error.type']).toBe('_OTHER');
  });
});
