import { context, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOnSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  ParentBasedSampler,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { captureTraceContext, parseCarrier } from './carrier.ts';
import { handleMessage } from './consumer.ts';
import { inSpan } from './in-span.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({
  sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  spanProcessors: [new SimpleSpanProcessor(exporter)],
});
const tracer = provider.getTracer('consumer.spec');

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const carrier = { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` };
const message = { carrier, destination: 'orders' };

const handled = () => exporter.getFinishedSpans().find((span) => span.name === 'process orders')!;
const relationsOf = (span: ReadableSpan) =>
  span.links.map((link) => [link.attributes?.['spanlinks.relation'], link.context.spanId]);
const inRequest = <T>(work: () => T) => inSpan(tracer, 'request', { root: true }, work);

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => exporter.reset());

describe('handleMessage', () => {
  it('handles a message in a trace of its own, with a link to the producer, also inside a span', () => {
    inRequest(() => handleMessage(tracer, message, () => undefined));
    expect(handled().parentSpanContext).toBeUndefined();
    expect(handled().spanContext().traceId).not.toBe(TRACE_ID);
    expect(handled().spanContext().traceId).not.toBe(
      exporter.getFinishedSpans().at(-1)?.spanContext().traceId,
    );
    expect(relationsOf(handled())).toEqual([['origin', SPAN_ID]]);
  });

  it('names and describes the span as the messaging conventions do', () => {
    const attributes = { 'messaging.consumer.group.name': 'billing' };
    handleMessage(tracer, { ...message, id: 'm-1', system: 'kafka', attributes }, () => undefined);
    expect(handled().kind).toBe(SpanKind.CONSUMER);
    expect(handled().attributes).toEqual({
      'messaging.consumer.group.name': 'billing',
      'messaging.destination.name': 'orders',
      'messaging.message.id': 'm-1',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.system': 'kafka',
    });
  });

  it('runs the work with its span active, returns its result and records its errors', async () => {
    const result = handleMessage(tracer, message, (span) => {
      expect(trace.getActiveSpan()).toBe(span);
      return 7;
    });
    expect(result).toBe(7);
    exporter.reset();
    const error = new Error('out of stock');
    await expect(handleMessage(tracer, message, () => Promise.reject(error))).rejects.toBe(error);
    expect(handled().status).toEqual({ code: SpanStatusCode.ERROR, message: 'out of stock' });
  });

  it('may be back-dated to when the message was fetched', () => {
    const startTime = Date.now() - 1_000;
    handleMessage(tracer, message, () => undefined, { startTime });
    const [seconds, nanos] = handled().startTime;
    expect(Math.round(seconds * 1e3 + nanos / 1e6)).toBe(startTime);
  });

  it.each([
    [null, 'missing'],
    ['{"traceparent": ', 'malformed'],
    [{ traceparent: carrier.traceparent.toUpperCase() }, 'malformed'],
    [{ traceparent: `${carrier.traceparent}-suffix` }, 'malformed'],
    [`00-${'0'.repeat(32)}-${SPAN_ID}-01`, 'invalid'],
  ])('gives the carrier %j a root without link or parent, and says why', (broken, reason) => {
    for (const parent of ['none', 'producer'] as const) {
      exporter.reset();
      inRequest(() => handleMessage(tracer, { ...message, carrier: broken }, () => undefined, { parent }));
      expect(handled().parentSpanContext).toBeUndefined();
      expect(handled().links).toEqual([]);
      expect(handled().attributes['spanlinks.missing_reason']).toBe(reason);
    }
  });

  it('never links to, or continues, anything but the producer, whatever came with the message', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.constant(carrier),
      fc.record({ traceparent: fc.anything(), tracestate: fc.anything() }),
    );
    fc.assert(
      fc.property(anything, fc.constantFrom('none', 'producer'), (stored, parent) => {
        exporter.reset();
        const result = inRequest(() =>
          handleMessage(tracer, { ...message, carrier: stored }, () => 'done', { parent }),
        );
        const producer = parseCarrier(stored).spanContext?.spanId;
        const origins = relationsOf(handled()).filter(([relation]) => relation === 'origin');
        expect(result).toBe('done');
        expect(origins).toEqual(producer === undefined ? [] : [['origin', producer]]);
        expect(handled().parentSpanContext?.spanId).toBe(parent === 'producer' ? producer : undefined);
      }),
    );
  });

  it('links to an unsampled producer with its flags', () => {
    const unsampled = { traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` };
    handleMessage(tracer, { ...message, carrier: unsampled }, () => undefined);
    expect(handled().links[0]?.context.traceFlags).toBe(TraceFlags.NONE);
  });

  it('works without an SDK', () => {
    const none = trace.getTracer('none');
    for (const parent of ['none', 'producer'] as const) {
      expect(handleMessage(none, message, () => 7, { parent })).toBe(7);
    }
  });
});

describe('handleMessage as the child of the producer', () => {
  it('continues its trace, links to it all the same, and to the span that is active', () => {
    inRequest(() => handleMessage(tracer, message, () => undefined, { parent: 'producer' }));
    const request = exporter.getFinishedSpans().find((span) => span.name === 'request');
    expect(handled().spanContext().traceId).toBe(TRACE_ID);
    expect(handled().parentSpanContext).toMatchObject({ spanId: SPAN_ID, isRemote: true });
    expect(relationsOf(handled())).toEqual([
      ['origin', SPAN_ID],
      ['ambient', request?.spanContext().spanId],
    ]);
  });

  it('has no ambient link outside of any span, nor where the producer itself is the active one', () => {
    handleMessage(tracer, message, () => undefined, { parent: 'producer' });
    expect(relationsOf(handled())).toEqual([['origin', SPAN_ID]]);
    exporter.reset();
    inRequest(() => {
      const own = { ...message, carrier: captureTraceContext() };
      handleMessage(tracer, own, () => undefined, { parent: 'producer' });
    });
    expect(relationsOf(handled()).map(([relation]) => relation)).toEqual(['origin']);
  });

  it('stays unsampled below an unsampled producer, though the span that is active is sampled', () => {
    const unsampled = { ...message, carrier: { traceparent: `00-${TRACE_ID}-${SPAN_ID}-00` } };
    inRequest(() =>
      handleMessage(
        tracer,
        unsampled,
        (span) => {
          expect(span.isRecording()).toBe(false);
          expect(span.spanContext()).toMatchObject({ traceId: TRACE_ID, traceFlags: TraceFlags.NONE });
        },
        { parent: 'producer' },
      ),
    );
    expect(exporter.getFinishedSpans().map((span) => span.name)).toEqual(['request']);
  });
});

describe('handleMessage of a message that comes again', () => {
  it('links to the producer and to the delivery before', () => {
    let stored: unknown;
    handleMessage(tracer, { ...message, attempt: 1, previousAttempt: null }, () => {
      stored = captureTraceContext();
    });
    const first = handled();
    expect(relationsOf(first)).toEqual([['origin', SPAN_ID]]);
    expect(first.attributes).not.toHaveProperty('spanlinks.previous_attempts.missing');
    exporter.reset();
    handleMessage(tracer, { ...message, attempt: 2, previousAttempt: stored }, () => undefined);
    expect(relationsOf(handled())).toEqual([
      ['origin', SPAN_ID],
      ['previous_attempt', first.spanContext().spanId],
    ]);
    expect(handled().links[1]?.attributes?.['spanlinks.attempt']).toBe(1);
    expect(handled().attributes['spanlinks.attempt']).toBe(2);
  });

  it('says so where the delivery before is not known', () => {
    inRequest(() =>
      handleMessage(tracer, { ...message, attempt: 2, previousAttempt: 'garbage' }, () => undefined),
    );
    expect(relationsOf(handled())).toEqual([['origin', SPAN_ID]]);
    expect(handled().attributes['spanlinks.previous_attempts.missing']).toBe(1);
  });
});
