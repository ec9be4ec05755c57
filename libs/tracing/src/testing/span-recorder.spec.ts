import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { AlwaysOffSampler, BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startFanIn } from '../fan-in.ts';
import { SpanRecorder } from './span-recorder.ts';

const spans = new SpanRecorder();
const tracer = new BasicTracerProvider({ spanProcessors: [spans] }).getTracer('orders');

const under = (parent: ReturnType<typeof tracer.startSpan>) => trace.setSpan(ROOT_CONTEXT, parent);
const names = (recorded: readonly { name: string }[]) => recorded.map(({ name }) => name);
const made = (name: string) => {
  const span = tracer.startSpan(name, { root: true });
  span.end();
  return span;
};

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => spans.reset());
afterEach(() => void vi.useRealTimers());

describe('SpanRecorder', () => {
  it('records spans as plain data', () => {
    const source = made('receive-order').spanContext();
    const span = tracer.startSpan('process-batch', {
      root: true,
      kind: SpanKind.CONSUMER,
      startTime: 1_700_000_000_250,
      attributes: { 'batch.size': 1 },
      links: [{ context: source, attributes: { 'spanlinks.relation': 'origin', n: 1 } }],
    });
    span.addEvent('claimed', { rows: 1 });
    span.setStatus({ code: SpanStatusCode.ERROR, message: 'no stock' });
    span.end(1_700_000_001_000);
    const recorded = spans.only('process-batch');
    expect(recorded).toStrictEqual({
      name: 'process-batch',
      kind: 'consumer',
      traceId: span.spanContext().traceId,
      spanId: span.spanContext().spanId,
      sampled: true,
      ended: true,
      status: 'error',
      statusMessage: 'no stock',
      attributes: { 'batch.size': 1 },
      events: [{ name: 'claimed', attributes: { rows: 1 } }],
      links: [
        {
          traceId: source.traceId,
          spanId: source.spanId,
          sampled: true,
          relation: 'origin',
          attributes: { 'spanlinks.relation': 'origin', n: 1 },
        },
      ],
      droppedLinks: 0,
      startTimeMs: 1_700_000_000_250,
      durationMs: 750,
      tracer: 'orders',
    });
    expect(structuredClone(recorded)).toEqual(recorded);
  });

  it('lists spans in the order of their starts, and open ones separately', () => {
    const batch = tracer.startSpan('process-batch', { root: true });
    const item = tracer.startSpan('reconcile-order', {}, under(batch));
    made('receive-order');
    batch.end();
    expect(names(spans.all)).toEqual(['process-batch', 'receive-order']);
    expect(spans.open).toMatchObject([{ name: 'reconcile-order', ended: false }]);
    item.end();
    expect(spans.open).toEqual([]);
    expect(names(spans.roots)).toEqual(['process-batch', 'receive-order']);
    expect(spans.traces).toMatchObject([
      { root: { name: 'process-batch' }, spans: [{ name: 'process-batch' }, { name: 'reconcile-order' }] },
      { root: { name: 'receive-order' }, spans: [{ name: 'receive-order' }] },
    ]);
  });

  it('does not mistake the first local span of a foreign trace for its root', () => {
    const remote = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true };
    tracer.startSpan('POST /orders', {}, trace.setSpanContext(ROOT_CONTEXT, remote)).end();
    expect(spans.roots).toEqual([]);
    expect(spans.traces).toEqual([{ traceId: remote.traceId, spans: spans.all }]);
    expect(spans.only('POST /orders').parentSpanId).toBe(remote.spanId);
  });

  it('finds spans by a pattern, even by one that remembers its position', () => {
    for (const part of ['process-batch', 'process-batch part 2/2', 'receive-order']) made(part);
    expect(names(spans.named(/^process-batch/g))).toEqual(['process-batch', 'process-batch part 2/2']);
    expect(names(spans.named('process-batch'))).toEqual(['process-batch']);
  });

  it('lists the recorded spans if the requested one is missing', () => {
    expect(() => spans.only('process-batch')).toThrow(/found 0\.\nNo span was started/);
    made('validate');
    made('validate');
    tracer.startSpan('process-batch', { root: true });
    expect(() => spans.only('process-batch')).toThrow(
      'Expected one ended span named process-batch, found 0.\n2 spans ended: validate ×2\n1 span open: process-batch',
    );
    expect(() => spans.only('validate')).toThrow(/found 2/);
  });

  it('lists at most a dozen names', () => {
    for (let index = 0; index < 100; index++) made(`GET /orders/${index}`);
    expect(() => spans.only('process-batch')).toThrow(
      /100 spans ended: GET .orders.0, .*orders.11, … and 88 other names\n/,
    );
  });

  it('records an open span in its current state', () => {
    const span = tracer.startSpan('process-batch', { root: true, attributes: { claimed: 1 } });
    const [before] = spans.open;
    span.setAttribute('claimed', 2);
    span.end();
    expect(before).toMatchObject({ ended: false, attributes: { claimed: 1 } });
    expect(spans.only('process-batch').attributes).toEqual({ claimed: 2 });
  });

  it('finds the links between spans', () => {
    const orders = [made('receive-order'), made('receive-order')];
    const login = made('login');
    const sources = [...orders, login].map((span) => ({
      carrier: `00-${span.spanContext().traceId}-${span.spanContext().spanId}-01`,
    }));
    startFanIn(tracer, 'process-batch', sources, { linkLimit: 2 })?.end();
    const toOrders = spans.linksBetween(/^process-batch/, 'receive-order');
    expect(toOrders.map(({ spanId }) => spanId)).toEqual(orders.map((span) => span.spanContext().spanId));
    expect(spans.linksBetween(spans.only('process-batch'), 'login')).toEqual([]);
    expect(spans.linksBetween(spans.named(/part/), spans.only('login'))).toHaveLength(1);
    expect(spans.linksBetween('login', 'process-batch')).toEqual([]);
  });

  it('forgets everything at a reset, including spans that end after it', () => {
    const late = tracer.startSpan('late', { root: true });
    made('early');
    spans.reset();
    late.end();
    expect(spans.all).toEqual([]);
    expect(spans.open).toEqual([]);
  });

  it('keeps what was recorded when the provider is shut down', async () => {
    const recorder = new SpanRecorder();
    const provider = new BasicTracerProvider({ spanProcessors: [recorder] });
    provider.getTracer('t').startSpan('last', { root: true }).end();
    await provider.forceFlush();
    await provider.shutdown();
    expect(names(recorder.all)).toEqual(['last']);
  });

  it('does not see spans that the sampler dropped', () => {
    const recorder = new SpanRecorder();
    const provider = new BasicTracerProvider({ sampler: new AlwaysOffSampler(), spanProcessors: [recorder] });
    provider.getTracer('t').startSpan('unseen', { root: true }).end();
    expect(recorder.all).toEqual([]);
  });
});

describe('SpanRecorder.ended', () => {
  it('returns the span at once if it has ended', async () => {
    made('process-batch');
    expect(await spans.ended('process-batch')).toMatchObject({ name: 'process-batch', ended: true });
  });

  it('waits for the span to end', async () => {
    const span = tracer.startSpan('process-batch', { root: true });
    const ended = spans.ended(/batch$/);
    made('receive-order');
    setImmediate(() => span.end());
    expect(await ended).toBe(spans.only('process-batch'));
  });

  it('gives up after the deadline and lists the open spans', async () => {
    made('receive-order');
    tracer.startSpan('process-batch', { root: true });
    await expect(spans.ended('process-batch', { withinMs: 1 })).rejects.toThrow(
      'No span named process-batch ended within 1 ms.\n1 span ended: receive-order\n1 span open: process-batch',
    );
  });

  it('has a deadline under fake timers too', async () => {
    vi.useFakeTimers();
    await expect(spans.ended('never', { withinMs: 1 })).rejects.toThrow(/^No span named never/);
  });
});

describe('SpanRecorder.during', () => {
  it('separates tests that run at the same time, including their own roots', async () => {
    const seen = await Promise.all(
      ['a', 'b', 'c'].map((test) =>
        spans.during(async (own) => {
          await wait(1);
          const fanIn = startFanIn(tracer, `batch-${test}`, [{ carrier: null }]);
          await wait(1);
          fanIn?.end();
          await own.ended(`batch-${test}`);
          return names(own.all);
        }),
      ),
    );
    expect(seen).toEqual([['batch-a'], ['batch-b'], ['batch-c']]);
    expect(spans.all).toHaveLength(3);
  });

  it('includes spans from outside that join its traces, and survives a reset by a neighbour', async () => {
    let handle: (parent: ReturnType<typeof under>) => void = () => {};
    const server = new Promise<void>((resolve) => {
      handle = (parent) => {
        tracer.startSpan('GET /orders', {}, parent).end();
        resolve();
      };
    });
    // Called from outside of the scope, like a server's socket.
    const outside = { call: undefined as undefined | ReturnType<typeof under> };
    const poll = setInterval(() => outside.call && handle(outside.call), 1);
    const seen = await spans.during(async (own) => {
      const client = tracer.startSpan('client', { root: true });
      outside.call = under(client);
      await server;
      spans.reset();
      client.end();
      return names(own.all);
    });
    clearInterval(poll);
    expect(seen).toEqual(['client', 'GET /orders']);
    expect(spans.all).toEqual([]);
  });

  it('records nothing after its end', async () => {
    const { own, root } = await spans.during((own) => ({ own, root: made('root') }));
    tracer.startSpan('late', {}, under(root)).end();
    expect(names(own.all)).toEqual(['root']);
  });

  it('throws the error of its work', async () => {
    await expect(spans.during(() => Promise.reject(new Error('no stock')))).rejects.toThrow('no stock');
  });
});
