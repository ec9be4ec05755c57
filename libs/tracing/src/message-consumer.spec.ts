import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace, TraceFlags } from '@opentelemetry/api';
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
import { inSpan } from './in-span.ts';
import { inFanIn } from './in-fan-in.ts';
import { messageConsumer } from './message-consumer.ts';
import type { MessageConsumerOptions } from './message-description.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({
  sampler: new ParentBasedSampler({ root: new AlwaysOnSampler() }),
  spanProcessors: [new SimpleSpanProcessor(exporter)],
});
const tracer = provider.getTracer('message-consumer.spec');

interface Message {
  readonly headers?: unknown;
  readonly id?: string;
  readonly sentAt?: Date | number;
  readonly attempt?: number;
  readonly previous?: unknown;
  readonly attributes?: Record<string, string | number>;
  readonly topic?: string;
}

const description: MessageConsumerOptions<Message> = {
  system: 'kafka',
  destination: 'orders',
  headers: (message) => message.headers,
  id: (message) => message.id,
  sentAt: (message) => message.sentAt,
  attempt: (message) => message.attempt,
  previousAttempt: (message) => message.previous,
  attributes: (message) => message.attributes,
  tracer,
};
const orders = messageConsumer(description);

const idOf = (index: number, length: number) => (index + 1).toString(16).padStart(length, '0');
const carrierAt = (index: number, flags = '01') => ({
  traceparent: `00-${idOf(index, 32)}-${idOf(index, 16)}-${flags}`,
});
const messageAt = (index: number): Message => ({ headers: carrierAt(index), id: `order-${index}` });
const messages = (count: number) => Array.from({ length: count }, (_, index) => messageAt(index));
const nothing = () => undefined;

const spansNamed = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
const handled = () => spansNamed('process orders')[0]!;
const relationsOf = (span: ReadableSpan) =>
  span.links.map((link) => [link.attributes?.['spanlinks.relation'], link.context.spanId]);
const inRequest = <T>(work: () => T) => inSpan(tracer, 'request', { root: true }, work);
const requestId = () => spansNamed('request')[0]?.spanContext().spanId;

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => exporter.reset());

describe('a single message', () => {
  it('is handled in a trace of its own, with a link to its producer', () => {
    orders.one(messageAt(0), nothing);
    expect(handled().parentSpanContext).toBeUndefined();
    expect(handled().spanContext().traceId).not.toBe(idOf(0, 32));
    expect(relationsOf(handled())).toEqual([['origin', idOf(0, 16)]]);
  });

  it('is not a child of the active span, but links to it', () => {
    inRequest(() => orders.one(messageAt(0), nothing));
    expect(handled().parentSpanContext).toBeUndefined();
    expect(relationsOf(handled())).toEqual([
      ['origin', idOf(0, 16)],
      ['ambient', requestId()],
    ]);
  });

  it('has the name, kind and attributes of the messaging conventions', () => {
    const attributes = { 'messaging.kafka.offset': 7, 'messaging.system': 'something else' };
    orders.one({ ...messageAt(0), attributes }, nothing, { attributes: { 'order.kind': 'express' } });
    expect(handled().kind).toBe(SpanKind.CONSUMER);
    expect(handled().attributes).toEqual({
      'messaging.destination.name': 'orders',
      'messaging.kafka.offset': 7,
      'messaging.message.id': 'order-0',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.system': 'kafka',
      'order.kind': 'express',
    });
  });

  it('says how long it waited, on its span and on its link', () => {
    orders.one({ ...messageAt(0), sentAt: new Date(Date.now() - 5_000) }, nothing);
    const waitMs = handled().attributes['spanlinks.wait_ms'];
    expect(waitMs).toBeGreaterThanOrEqual(5_000);
    expect(waitMs).toBeLessThan(60_000);
    expect(handled().links[0]?.attributes).toEqual({
      'spanlinks.relation': 'origin',
      'messaging.message.id': 'order-0',
      'spanlinks.wait_ms': waitMs,
    });
  });

  it('has waited for no time if another clock sent it in the future', () => {
    orders.one({ ...messageAt(0), sentAt: Date.now() + 60_000 }, nothing);
    expect(handled().attributes['spanlinks.wait_ms']).toBe(0);
  });

  it('runs its handler with its span active, and passes its result and its error on', async () => {
    const result = orders.one(messageAt(0), (message, span) => {
      expect(trace.getActiveSpan()).toBe(span);
      return message.id;
    });
    expect(result).toBe('order-0');
    exporter.reset();
    const error = new TypeError('out of stock');
    await expect(orders.one(messageAt(0), () => Promise.reject(error))).rejects.toBe(error);
    expect(handled().status).toEqual({ code: SpanStatusCode.ERROR, message: 'out of stock' });
    expect(handled().attributes['error.type']).toBe('TypeError');
  });

  it('may be back-dated to when it was fetched', () => {
    const startTime = Date.now() - 1_000;
    orders.one(messageAt(0), nothing, { startTime });
    const [seconds, nanos] = handled().startTime;
    expect(Math.round(seconds * 1e3 + nanos / 1e6)).toBe(startTime);
  });

  it.each([
    [null, 'missing'],
    [{ 'content-type': 'json' }, 'missing'],
    ['{"traceparent": ', 'malformed'],
    [{ traceparent: carrierAt(10).traceparent.toUpperCase() }, 'malformed'],
    [`00-${'0'.repeat(32)}-${idOf(1, 16)}-01`, 'invalid'],
    [{ b3: '0' }, 'unsupported'],
  ])('with the carrier %j has no link and says why', (broken, reason) => {
    for (const parent of ['none', 'producer'] as const) {
      exporter.reset();
      orders.one({ headers: broken }, nothing, { parent });
      expect(handled().parentSpanContext).toBeUndefined();
      expect(handled().links).toEqual([]);
      expect(handled().attributes['spanlinks.missing_reason']).toBe(reason);
    }
  });

  it('never links to, or continues, a span that its headers do not name', () => {
    const anything = fc.oneof(
      fc.anything(),
      fc.constant(carrierAt(0)),
      fc.record({ traceparent: fc.anything(), tracestate: fc.anything() }),
    );
    fc.assert(
      fc.property(anything, fc.constantFrom('none', 'producer'), (headers, parent) => {
        exporter.reset();
        const result = inRequest(() => orders.one({ headers }, () => 'done', { parent }));
        const producer = parseCarrier(headers).spanContext?.spanId;
        const origins = relationsOf(handled()).filter(([relation]) => relation === 'origin');
        expect(result).toBe('done');
        expect(origins).toEqual(producer === undefined ? [] : [['origin', producer]]);
        expect(handled().parentSpanContext?.spanId).toBe(parent === 'producer' ? producer : undefined);
      }),
    );
  });

  it('links to an unsampled producer with its flags', () => {
    orders.one({ headers: carrierAt(0, '00') }, nothing);
    expect(handled().links[0]?.context.traceFlags).toBe(TraceFlags.NONE);
  });

  it('is handled even if every function of the description throws', () => {
    const fail = (): never => {
      throw new Error('unexpected message');
    };
    const hostile = messageConsumer<Message>({
      ...description,
      destination: fail,
      headers: fail,
      id: fail,
      sentAt: fail,
      attempt: fail,
      previousAttempt: fail,
      attributes: fail,
    });
    expect(hostile.one({}, () => 'done')).toBe('done');
    expect(spansNamed('process')[0]?.attributes['spanlinks.missing_reason']).toBe('missing');
  });

  it('is named by its own destination if the consumer has several', () => {
    const topics = messageConsumer<Message>({ ...description, destination: (message) => message.topic });
    topics.one({ topic: 'returns' }, nothing);
    expect(spansNamed('process returns')[0]?.attributes['messaging.destination.name']).toBe('returns');
  });

  it('is handled without an SDK', async () => {
    const silent = messageConsumer({ ...description, tracer: trace.getTracer('none') });
    expect(silent.one(messageAt(0), () => 7)).toBe(7);
    expect(await silent.batch(messages(3), (message) => message.id)).toEqual([
      'order-0',
      'order-1',
      'order-2',
    ]);
  });

  it('keeps its own attributes when those of the user fill the limit of the SDK', () => {
    const attributes = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`custom.${index}`, index]),
    );
    orders.one({ ...messageAt(0), attempt: 2 }, nothing, { attributes });
    expect(handled().attributes).toMatchObject({
      'messaging.system': 'kafka',
      'messaging.operation.name': 'process',
      'messaging.message.id': 'order-0',
      'spanlinks.attempt': 2,
    });
  });
});

describe('a single message as the child of its producer', () => {
  const child = { parent: 'producer' } as const;

  it('continues the trace, and still links to the producer and to the active span', () => {
    inRequest(() => orders.one(messageAt(0), nothing, child));
    expect(handled().spanContext().traceId).toBe(idOf(0, 32));
    expect(handled().parentSpanContext).toMatchObject({ spanId: idOf(0, 16), isRemote: true });
    expect(relationsOf(handled())).toEqual([
      ['origin', idOf(0, 16)],
      ['ambient', requestId()],
    ]);
  });

  it('follows the description, unless a call overrides it', () => {
    const children = messageConsumer({ ...description, ...child });
    children.one(messageAt(0), nothing);
    expect(handled().parentSpanContext?.spanId).toBe(idOf(0, 16));
    exporter.reset();
    children.one(messageAt(0), nothing, { parent: 'none' });
    expect(handled().parentSpanContext).toBeUndefined();
  });

  it('has no ambient link if the producer itself is active', () => {
    inRequest(() => orders.one({ headers: captureTraceContext() }, nothing, child));
    expect(relationsOf(handled()).map(([relation]) => relation)).toEqual(['origin']);
  });

  it('stays unsampled below an unsampled producer, although the active span is sampled', () => {
    inRequest(() =>
      orders.one(
        { headers: carrierAt(0, '00') },
        (_message, span) => {
          expect(span.isRecording()).toBe(false);
          expect(span.spanContext()).toMatchObject({ traceId: idOf(0, 32), traceFlags: TraceFlags.NONE });
        },
        child,
      ),
    );
    expect(exporter.getFinishedSpans().map((span) => span.name)).toEqual(['request']);
  });
});

describe('a redelivered message', () => {
  it('links to its producer and to the previous delivery', () => {
    let stored: unknown;
    orders.one({ ...messageAt(0), attempt: 1, previous: null }, () => {
      stored = captureTraceContext();
    });
    const first = handled();
    expect(relationsOf(first)).toEqual([['origin', idOf(0, 16)]]);
    expect(first.attributes).not.toHaveProperty(['spanlinks.previous_attempts.missing']);
    exporter.reset();
    orders.one({ ...messageAt(0), attempt: 2, previous: stored }, nothing);
    expect(relationsOf(handled())).toEqual([
      ['origin', idOf(0, 16)],
      ['previous_attempt', first.spanContext().spanId],
    ]);
    expect(handled().links[1]?.attributes?.['spanlinks.attempt']).toBe(1);
    expect(handled().attributes['spanlinks.attempt']).toBe(2);
  });

  it('takes the attempt from the call, for a broker that does not count', () => {
    const previousAttempt = { carrier: carrierAt(7), outcome: 'unfinished' };
    orders.one(messageAt(0), nothing, { attempt: 3, previousAttempt });
    expect(handled().attributes['spanlinks.attempt']).toBe(3);
    expect(handled().links[1]).toMatchObject({
      context: { spanId: idOf(7, 16) },
      attributes: {
        'spanlinks.relation': 'previous_attempt',
        'spanlinks.attempt': 2,
        'spanlinks.attempt.outcome': 'unfinished',
      },
    });
  });

  it('says if the previous delivery is unknown', () => {
    inRequest(() => orders.one({ ...messageAt(0), attempt: 2, previous: 'garbage' }, nothing));
    expect(relationsOf(handled()).map(([relation]) => relation)).toEqual(['origin', 'ambient']);
    expect(handled().attributes['spanlinks.previous_attempts.missing']).toBe(1);
  });
});

describe('a message inside the consumer span of an instrumentation', () => {
  const instrumented = <T>(
    work: () => T,
    options: { attributes?: Record<string, string>; links?: number[] } = {},
  ) => {
    const links = (options.links ?? []).map((index) => ({
      context: parseCarrier(carrierAt(index)).spanContext!,
    }));
    const attributes = options.attributes ?? {
      'messaging.system': 'kafka',
      'messaging.destination.name': 'orders',
    };
    const kind = SpanKind.CONSUMER;
    return inSpan(tracer, 'instrumented', { root: true, kind, attributes, links }, work);
  };
  const adopted = () => spansNamed('instrumented')[0]!;

  it('makes no span, but adds its link, attributes and wait to the existing one', () => {
    const message = { ...messageAt(0), attempt: 2, previous: carrierAt(8), sentAt: Date.now() - 1_000 };
    instrumented(() =>
      orders.one(message, (_message, span) => {
        expect(span).toBe(trace.getActiveSpan());
      }),
    );
    expect(exporter.getFinishedSpans()).toHaveLength(1);
    expect(relationsOf(adopted())).toEqual([
      ['origin', idOf(0, 16)],
      ['previous_attempt', idOf(8, 16)],
    ]);
    expect(adopted().attributes).toMatchObject({
      'messaging.message.id': 'order-0',
      'spanlinks.attempt': 2,
      'spanlinks.wait_ms': expect.any(Number) as number,
    });
  });

  it('adds no second link to the producer', () => {
    instrumented(() => orders.one(messageAt(0), nothing), { links: [0] });
    expect(adopted().links).toHaveLength(1);
  });

  it('sets the status and the type of its error, which some instrumentations do not', async () => {
    const failing = async () => {
      throw new RangeError('out of stock');
    };
    await instrumented(() => orders.one(messageAt(0), failing).catch(nothing));
    expect(adopted().status).toEqual({ code: SpanStatusCode.ERROR, message: 'out of stock' });
    expect(adopted().attributes['error.type']).toBe('RangeError');
  });

  it('adopts a span that names no system and no queue, as that of bullmq-otel', () => {
    instrumented(() => orders.one(messageAt(0), nothing), { attributes: {} });
    expect(exporter.getFinishedSpans()).toHaveLength(1);
  });

  it.each([
    { 'messaging.system': 'rabbitmq' },
    { 'messaging.system': 'kafka', 'messaging.destination.name': 'returns' },
  ])('makes a span with a link to that one if it belongs to %j', (attributes) => {
    instrumented(() => orders.one(messageAt(0), nothing), { attributes });
    expect(relationsOf(handled())).toEqual([
      ['origin', idOf(0, 16)],
      ['ambient', adopted().spanContext().spanId],
    ]);
    expect(adopted().links).toEqual([]);
  });

  it('makes a span with a link to that one if it is asked to', () => {
    const linking = messageConsumer({ ...description, ambient: 'link' });
    instrumented(() => linking.one(messageAt(0), nothing));
    expect(relationsOf(handled())[1]).toEqual(['ambient', adopted().spanContext().spanId]);
  });

  it('does not take the span of an outer message for that of an inner one', () => {
    orders.one(messageAt(0), () => orders.one(messageAt(1), nothing));
    const [inner, outer] = spansNamed('process orders');
    expect(relationsOf(inner!)).toEqual([
      ['origin', idOf(1, 16)],
      ['ambient', outer?.spanContext().spanId],
    ]);
    exporter.reset();
    instrumented(() => orders.one(messageAt(0), () => orders.one(messageAt(1), nothing)));
    expect(relationsOf(adopted())).toEqual([['origin', idOf(0, 16)]]);
    expect(relationsOf(handled())[1]).toEqual(['ambient', adopted().spanContext().spanId]);
  });

  it('links the span of a batch to the span around it', async () => {
    await instrumented(() => orders.batch(messages(2), nothing));
    expect(relationsOf(handled())).toEqual([
      ['ambient', adopted().spanContext().spanId],
      ['origin', idOf(0, 16)],
      ['origin', idOf(1, 16)],
    ]);
    expect(handled().parentSpanContext).toBeUndefined();
    expect(handled().attributes['spanlinks.links.kept']).toBe(2);
  });
});

describe('a batch of messages', () => {
  it('has a link per message, what differs on the link, and what is equal on the span', async () => {
    const received = [0, 1, 2].map((index) => ({
      ...messageAt(index),
      sentAt: Date.now() - 1_000,
      attributes: { 'messaging.kafka.offset': index, 'messaging.destination.partition.id': '4' },
    }));
    await orders.batch(received, nothing, { attributes: { tenant: 'a' } });
    expect(handled().kind).toBe(SpanKind.CONSUMER);
    expect(handled().attributes).toEqual({
      'batch.size': 3,
      'messaging.batch.message_count': 3,
      'messaging.destination.name': 'orders',
      'messaging.destination.partition.id': '4',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.system': 'kafka',
      'spanlinks.links.kept': 3,
      'spanlinks.links.missing': 0,
      tenant: 'a',
    });
    expect(handled().links.map((link) => link.attributes)).toEqual(
      received.map((message, index) => ({
        'messaging.kafka.offset': index,
        'messaging.message.id': message.id,
        'spanlinks.relation': 'origin',
        'spanlinks.wait_ms': expect.any(Number) as number,
      })),
    );
  });

  it('hands each message over in the context of the span with its link, in their order', async () => {
    const seen: unknown[] = [];
    const results = await orders.batch(messages(300), async (message, span) => {
      expect(trace.getActiveSpan()).toBe(span);
      seen.push(message.id);
      tracer.startSpan('work', { attributes: { id: message.id! } }).end();
      return message.id;
    });
    expect(results).toEqual(messages(300).map(({ id }) => id));
    expect(seen).toEqual(results);
    const spans = exporter.getFinishedSpans();
    const parts = spans.filter((span) => span.name.startsWith('process orders'));
    expect(parts.map((part) => [part.links.length, part.droppedLinksCount]).sort()).toEqual([
      [128, 0],
      [128, 0],
      [44, 0],
    ]);
    for (const work of spansNamed('work')) {
      const part = parts.find((span) => span.spanContext().spanId === work.parentSpanContext?.spanId);
      expect(part?.links.map((link) => link.attributes?.['messaging.message.id'])).toContain(
        work.attributes['id'],
      );
    }
  });

  it('makes a span for each message, if it is asked to', async () => {
    await orders.batch(
      messages(3),
      (message, span) => {
        expect(trace.getActiveSpan()).toBe(span);
        span.setAttribute('seen', message.id!);
      },
      { each: 'invoice-order' },
    );
    const each = spansNamed('invoice-order');
    expect(each.map((span) => span.attributes)).toEqual(
      messages(3).map(({ id }) => ({ 'messaging.message.id': id, seen: id })),
    );
    expect(each.every((span) => span.parentSpanContext?.spanId === handled().spanContext().spanId)).toBe(
      true,
    );
  });

  it('keeps the id of every message of a bulk with one context', async () => {
    const bulk = messages(3).map(({ id }) => ({ id: id!, headers: carrierAt(9) }));
    await orders.batch(bulk, nothing);
    expect(
      handled().links.map((link) => [link.context.spanId, link.attributes?.['messaging.message.id']]),
    ).toEqual(bulk.map(({ id }) => [idOf(9, 16), id]));
    expect(handled().attributes['spanlinks.links.kept']).toBe(3);
  });

  it('makes no span for no messages', async () => {
    expect(await orders.batch([], nothing)).toEqual([]);
    expect(await orders.batchSettled([], nothing)).toEqual([]);
    expect(orders.startBatch([])).toBeUndefined();
    expect(exporter.getFinishedSpans()).toEqual([]);
  });

  it('stops at the first error, fails its span, and names the message', async () => {
    const error = new TypeError('no such product');
    const seen: unknown[] = [];
    const run = orders.batch(messages(3), (message) => {
      seen.push(message.id);
      if (message.id === 'order-1') throw error;
    });
    await expect(run).rejects.toBe(error);
    expect(seen).toEqual(['order-0', 'order-1']);
    expect(handled().status).toEqual({ code: SpanStatusCode.ERROR, message: '1 of 3 messages failed' });
    expect(handled().attributes).toMatchObject({ 'error.type': 'TypeError', 'spanlinks.messages.failed': 1 });
    expect(handled().events[0]).toMatchObject({
      name: 'exception',
      attributes: { 'exception.message': 'no such product', 'messaging.message.id': 'order-1' },
    });
  });

  it('reports the outcome of each message if it continues after an error', async () => {
    const outcomes = await orders.batchSettled(
      messages(4),
      async (message) => {
        if (message.id === 'order-1' || message.id === 'order-3') throw new Error(message.id);
        return message.id;
      },
      { each: 'invoice-order', concurrency: 3 },
    );
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'rejected']);
    expect(handled().status.message).toBe('2 of 4 messages failed');
    expect(handled().events).toEqual([]);
    const failed = spansNamed('invoice-order').filter((span) => span.status.code === SpanStatusCode.ERROR);
    expect(failed.map((span) => span.attributes['messaging.message.id']).sort()).toEqual([
      'order-1',
      'order-3',
    ]);
  });

  it('waits for the running handlers before it ends its span', async () => {
    let running = 0;
    const run = orders.batch(
      messages(6),
      async (message) => {
        running++;
        await new Promise((resolve) => setTimeout(resolve, message.id === 'order-0' ? 1 : 20));
        running--;
        if (message.id === 'order-0') throw new Error('stop');
      },
      { concurrency: 3 },
    );
    await expect(run).rejects.toThrow('stop');
    expect(running).toBe(0);
    expect(handled().ended).toBe(true);
  });

  it('never runs more handlers at once than allowed, and handles each message once', async () => {
    const bounds = fc.record({
      count: fc.integer({ min: 1, max: 30 }),
      concurrency: fc.integer({ min: 1, max: 8 }),
    });
    await fc.assert(
      fc.asyncProperty(bounds, async ({ count, concurrency }) => {
        let [running, most] = [0, 0];
        const seen: unknown[] = [];
        await orders.batch(
          messages(count),
          async (message) => {
            most = Math.max(most, ++running);
            await Promise.resolve();
            seen.push(message.id);
            running--;
          },
          { concurrency },
        );
        expect(most).toBe(Math.min(count, concurrency));
        expect(seen.sort()).toEqual(
          messages(count)
            .map(({ id }) => id)
            .sort(),
        );
      }),
      { numRuns: 30 },
    );
  });

  it('handles one message at a time if the concurrency is no number of at least 1', async () => {
    for (const concurrency of [0, -1, Number.NaN, undefined]) {
      expect(await orders.batch(messages(3), (message) => message.id, { concurrency })).toHaveLength(3);
    }
  });

  it("has the highest attempt on its span, and each message's own attempt on its link", async () => {
    const received = [
      { ...messageAt(0), attempt: 1 },
      { ...messageAt(1), attempt: 3, previous: { carrier: carrierAt(20), outcome: 'failed' } },
    ];
    await orders.batch(received, nothing);
    expect(handled().attributes['spanlinks.attempt']).toBe(3);
    expect(
      handled().links.map(({ attributes = {} }) => [
        attributes['spanlinks.relation'],
        attributes['spanlinks.attempt'],
      ]),
    ).toEqual([
      ['previous_attempt', 2],
      ['origin', 1],
      ['origin', 3],
    ]);
    expect(handled().links[0]?.attributes?.['spanlinks.attempt.outcome']).toBe('failed');
  });

  it('names no destination if its messages come from several', async () => {
    const topics = messageConsumer<Message>({ ...description, destination: (message) => message.topic });
    await topics.batch(
      [
        { ...messageAt(0), topic: 'orders' },
        { ...messageAt(1), topic: 'returns' },
      ],
      nothing,
    );
    const [span] = spansNamed('process');
    expect(span?.attributes).not.toHaveProperty(['messaging.destination.name']);
    expect(span?.links.map((link) => link.attributes?.['messaging.destination.name'])).toEqual([
      'orders',
      'returns',
    ]);
  });

  it('can be handled as a whole', async () => {
    const batch = orders.startBatch(messages(3), { startTime: Date.now() - 500 });
    await inFanIn(batch, () => tracer.startSpan('bulk-insert').end());
    expect(handled().links).toHaveLength(3);
    expect(spansNamed('bulk-insert')[0]?.parentSpanContext?.spanId).toBe(handled().spanContext().spanId);
  });

  it('links only to its producers, for any headers', async () => {
    const headers = fc.oneof(
      fc.nat({ max: 200 }).map((index) => carrierAt(index)),
      fc.anything(),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(headers, { minLength: 1, maxLength: 40 }), async (list) => {
        exporter.reset();
        await orders.batch(
          list.map((one, index) => ({ headers: one, id: `m-${index}` })),
          nothing,
        );
        const wanted = list
          .map((one) => parseCarrier(one).spanContext?.spanId)
          .filter((id) => id !== undefined);
        expect(handled().links.map((link) => link.context.spanId)).toEqual(wanted);
        expect(handled().attributes).toMatchObject({
          'spanlinks.links.kept': wanted.length,
          'spanlinks.links.missing': list.length - wanted.length,
        });
      }),
      { numRuns: 200 },
    );
  });

  it('is not a child of the active span', async () => {
    await context.with(trace.setSpan(ROOT_CONTEXT, tracer.startSpan('cron-tick')), () =>
      orders.batch(messages(1), nothing),
    );
    expect(handled().parentSpanContext).toBeUndefined();
  });
});
