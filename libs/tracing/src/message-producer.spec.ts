import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { carrierOf, parseCarrier } from './carrier.ts';
import { inSpan } from './in-span.ts';
import { sendMessage, sendMessages } from './message-producer.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer('message-producer.spec');
const orders = { system: 'kafka', destination: 'orders', tracer };
const ids = (count: number) => Array.from({ length: count }, (_, index) => `order-${index}`);
const many = { ...orders, id: (id: string) => id };

const spansNamed = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
const sent = () => spansNamed('send orders')[0]!;
const spanIdOf = (carrier: unknown) => parseCarrier(carrier).spanContext?.spanId;

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => exporter.reset());

describe('sendMessage', () => {
  it('passes the carrier of a PRODUCER span below the active one, with the attributes of the conventions', () => {
    const attributes = { 'messaging.kafka.message.key': 'a', 'messaging.system': 'something else' };
    const carrier = inSpan(tracer, 'request', {}, () =>
      sendMessage({ ...orders, id: 'order-0', attributes }, (headers, span) => {
        expect(trace.getActiveSpan()).toBe(span);
        return headers;
      }),
    );
    expect(sent().kind).toBe(SpanKind.PRODUCER);
    expect(sent().parentSpanContext?.spanId).toBe(spansNamed('request')[0]?.spanContext().spanId);
    expect(carrier).toEqual(carrierOf(sent().spanContext()));
    expect(sent().attributes).toEqual({
      'messaging.destination.name': 'orders',
      'messaging.kafka.message.key': 'a',
      'messaging.message.id': 'order-0',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.system': 'kafka',
    });
  });

  it('fails its span with the error of the broker, which is passed on', async () => {
    const error = new Error('no broker');
    await expect(sendMessage(orders, () => Promise.reject(error))).rejects.toBe(error);
    expect(sent().status).toEqual({ code: SpanStatusCode.ERROR, message: 'no broker' });
    expect(sent().attributes['error.type']).toBe('Error');
  });

  it('links to the given spans, such as the previous attempt', () => {
    const link = { context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 } };
    sendMessage({ ...orders, links: [link] }, () => undefined);
    expect(sent().links.map((one) => one.context.spanId)).toEqual(['b'.repeat(16)]);
  });

  it('passes an empty carrier without an SDK', () => {
    const silent = { ...orders, tracer: trace.getTracer('none') };
    expect(sendMessage(silent, (carrier) => ({ ...carrier }))).toEqual({});
    expect(sendMessages(silent, ['a', 'b'], (carriers) => carriers)).toEqual([{}, {}]);
  });
});

describe('sendMessages', () => {
  it('gives each message a context of its own, which the span of the send links to', () => {
    const carriers = inSpan(tracer, 'request', {}, () => sendMessages(many, ids(3), (each) => each));
    const created = spansNamed('create orders');
    expect(carriers.map(spanIdOf)).toEqual(created.map((span) => span.spanContext().spanId));
    expect(created.map((span) => [span.kind, span.attributes['messaging.message.id']])).toEqual(
      ids(3).map((id) => [SpanKind.PRODUCER, id]),
    );
    expect(created[0]?.attributes['messaging.operation.type']).toBe('create');
    expect(sent().kind).toBe(SpanKind.CLIENT);
    expect(sent().links.map((link) => link.context.spanId)).toEqual(carriers.map(spanIdOf));
    expect(sent().attributes).toMatchObject({
      'messaging.batch.message_count': 3,
      'messaging.operation.type': 'send',
    });
    const request = spansNamed('request')[0]?.spanContext().spanId;
    expect([sent(), ...created].every((span) => span.parentSpanContext?.spanId === request)).toBe(true);
  });

  it('gives all messages the context of the send, if it is asked to', () => {
    const carriers = sendMessages({ ...many, context: 'shared' }, ids(3), (each) => each);
    expect(new Set(carriers.map(spanIdOf))).toEqual(new Set([sent().spanContext().spanId]));
    expect(sent().kind).toBe(SpanKind.PRODUCER);
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });

  it('drops no link of 300 messages', () => {
    const carriers = sendMessages(many, ids(300), (each) => each);
    const parts = exporter.getFinishedSpans().filter((span) => span.name.startsWith('send orders'));
    expect(parts.map((span) => span.droppedLinksCount)).toEqual([0, 0, 0]);
    const linked = parts.flatMap((span) => span.links.map((link) => link.context.spanId));
    expect(linked.sort()).toEqual(carriers.map(spanIdOf).sort());
  });

  it('ends its span with the promise of the send, and fails it with its error', async () => {
    const error = new Error('no broker');
    const running = sendMessages(many, ids(1), async (_carriers, span) => {
      expect(trace.getActiveSpan()).toBe(span);
      await Promise.resolve();
      throw error;
    });
    expect(spansNamed('send orders')).toEqual([]);
    await expect(running).rejects.toBe(error);
    expect(sent().status.code).toBe(SpanStatusCode.ERROR);
  });

  it('makes no span without messages', () => {
    expect(sendMessages(many, [], (carriers) => carriers)).toEqual([]);
    expect(exporter.getFinishedSpans()).toEqual([]);
  });
});
