import { context, metrics, ROOT_CONTEXT, trace, type MeterProvider as ApiProvider } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
  type Histogram,
} from '@opentelemetry/sdk-metrics';
import { AlwaysOffSampler, BasicTracerProvider, ParentBasedSampler } from '@opentelemetry/sdk-trace-base';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { carrierOf } from './carrier.ts';
import { startFanIn } from './fan-in.ts';
import { fanOut } from './fan-out.ts';
import { startJoin } from './join.ts';
import { linkFromCarrier } from './link-from-carrier.ts';
import { collectLinks } from './links.ts';
import { messageConsumer } from './message-consumer.ts';
import { LinkSampler } from './sampler/index.ts';

const tracer = new BasicTracerProvider().getTracer('metrics.spec');
const carrierAt = (index: number) => ({
  traceparent: `00-${(index + 1).toString(16).padStart(32, '0')}-${(index + 1).toString(16).padStart(16, '0')}-01`,
});
let provider: ReturnType<typeof providerOf>;

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => {
  provider = providerOf();
  metrics.setGlobalMeterProvider(provider);
});
afterEach(async () => {
  vi.useRealTimers();
  metrics.disable();
  await provider.shutdown();
});

function providerOf() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  // The interval never ends: the tests collect the metrics themselves.
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 3_600_000 });
  return Object.assign(new MeterProvider({ readers: [reader] }), { exporter });
}

async function collected(from = provider) {
  from.exporter.reset();
  await from.forceFlush();
  const exported = from.exporter.getMetrics();
  return exported.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics));
}

async function pointsOf(name: string, from = provider) {
  const metric = (await collected(from)).find(({ descriptor }) => descriptor.name === name);
  return metric?.dataPoints ?? [];
}

/** `relation verdict` to count. */
async function links(from = provider): Promise<Record<string, unknown>> {
  const points = await pointsOf('spanlinks.links', from);
  return Object.fromEntries(
    points.map(({ attributes, value }) => [
      `${String(attributes['spanlinks.relation'])} ${String(attributes['spanlinks.verdict'])}`,
      value,
    ]),
  );
}

async function agesS(): Promise<Histogram | undefined> {
  const [point] = await pointsOf('spanlinks.source.age');
  return point?.value as Histogram | undefined;
}

const orders = messageConsumer<{ headers: unknown; sentAt?: number }>({
  system: 'kafka',
  destination: 'orders',
  headers: (message) => message.headers,
  sentAt: (message) => message.sentAt,
  tracer,
});

describe('the links counter', () => {
  it('counts each source of a fan-in once, kept, shared or missing with the reason, over all of its parts', async () => {
    const carriers = [
      ...Array.from({ length: 300 }, (_, index) => carrierAt(index)),
      carrierAt(0),
      null,
      'garbage',
    ];
    startFanIn(
      tracer,
      'batch',
      carriers.map((carrier) => ({ carrier })),
    )?.end();
    expect(await links()).toEqual({
      'origin ok': 300,
      'origin shared': 1,
      'origin missing': 1,
      'origin malformed': 1,
    });
  });

  it('counts an attempt by its origins and by the previous attempts, each once', async () => {
    const previous = [
      { carrier: carrierAt(7), number: 1 },
      { carrier: null, number: 1 },
    ];
    startFanIn(tracer, 'batch', [{ carrier: carrierAt(1) }], { attempt: { number: 2, previous } })?.end();
    expect(await links()).toEqual({
      'origin ok': 1,
      'previous_attempt ok': 1,
      'previous_attempt missing': 1,
    });
  });

  it('counts the producer, the ambient span and the previous delivery of a message', async () => {
    const ambient = tracer.startSpan('poll', { root: true });
    const delivery = { attempt: 2, previousAttempt: carrierAt(2), parent: 'producer' } as const;
    context.with(trace.setSpan(ROOT_CONTEXT, ambient), () =>
      orders.one({ headers: carrierAt(1) }, () => undefined, delivery),
    );
    orders.one({ headers: 'garbage' }, () => undefined);
    expect(await links()).toEqual({
      'origin ok': 1,
      'origin malformed': 1,
      'ambient ok': 1,
      'previous_attempt ok': 1,
    });
  });

  it('counts a link for each branch that starts, and the join by its branches', async () => {
    const aborting = new AbortController();
    const plan = [
      { name: 'first', run: () => undefined },
      { name: 'second', run: () => aborting.abort() },
      { name: 'never', run: () => undefined },
    ];
    const outcomes = await fanOut(tracer, plan, {
      concurrency: 1,
      signal: aborting.signal,
      initiator: carrierAt(1),
    });
    expect(await links()).toEqual({ 'initiator ok': 2 });
    startJoin(tracer, 'join', outcomes)?.end();
    expect(await links()).toEqual({ 'initiator ok': 2, 'origin ok': 2, 'origin missing': 1 });
  });

  it('says why branches have no initiator', async () => {
    await fanOut(tracer, [{ name: 'branch', run: () => undefined }]);
    expect(await links()).toEqual({ 'initiator missing': 1 });
  });

  it('does not count links that are built for no span, or an empty batch', async () => {
    collectLinks([{ carrier: carrierAt(1) }]);
    startFanIn(tracer, 'batch', []);
    expect(await links()).toEqual({});
  });

  it('counts a link that is made by hand', async () => {
    linkFromCarrier(carrierAt(1), 'compensates');
    linkFromCarrier('garbage', 'compensates');
    expect(await links()).toEqual({ 'compensates ok': 1, 'compensates malformed': 1 });
  });

  it('counts each message of a batch, and its wait by queue', async () => {
    const messages = [carrierAt(1), carrierAt(2), null].map((headers) => ({ headers, sentAt: Date.now() }));
    await orders.batch(messages, () => undefined);
    expect(await links()).toEqual({ 'origin ok': 2, 'origin missing': 1 });
    const wait = (await collected()).find(({ descriptor }) => descriptor.name === 'spanlinks.message.wait');
    expect(wait?.dataPoints).toMatchObject([
      {
        attributes: { 'messaging.system': 'kafka', 'messaging.destination.name': 'orders' },
        value: { count: 3 },
      },
    ]);
    expect(await agesS()).toMatchObject({ count: 3 });
  });

  it('has a unit, and is a sum that only grows', async () => {
    startFanIn(tracer, 'batch', [{ carrier: carrierAt(1) }])?.end();
    const [metric] = await collected();
    expect(metric?.descriptor).toMatchObject({ name: 'spanlinks.links', unit: '{link}' });
    expect(metric).toMatchObject({ isMonotonic: true });
  });
});

describe('the age of sources', () => {
  it('is recorded in seconds from dates and from milliseconds, also for sources without a link', async () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] });
    startFanIn(tracer, 'batch', [
      { carrier: carrierAt(1), createdAt: new Date(998_500) },
      { carrier: null, createdAt: 970_000 },
      { carrier: carrierAt(2) },
    ])?.end();
    orders.one({ headers: carrierAt(3), sentAt: 999_000 }, () => undefined);
    expect(await agesS()).toMatchObject({ count: 3, sum: 32.5, min: 1, max: 30 });
  });

  it('is 0 for a source from the future', async () => {
    startFanIn(tracer, 'batch', [{ carrier: null, createdAt: Date.now() + 60_000 }])?.end();
    expect(await agesS()).toMatchObject({ count: 1, sum: 0 });
  });

  it('is not recorded if the value is no time', async () => {
    const createdAts = [new Date('garbage'), Number.NaN, null as unknown as Date];
    startFanIn(
      tracer,
      'batch',
      createdAts.map((createdAt) => ({ carrier: null, createdAt })),
    )?.end();
    expect(await agesS()).toBeUndefined();
  });

  it('has distinct buckets from moments to a week', async () => {
    const [secondMs, dayMs] = [1_000, 86_400_000];
    const agesMs = [3 * secondMs, 20 * secondMs, 2 * 60 * secondMs, 4 * 3_600 * secondMs, 3 * dayMs];
    startFanIn(
      tracer,
      'batch',
      agesMs.map((ageMs) => ({ carrier: null, createdAt: Date.now() - ageMs })),
    )?.end();
    const counts = (await agesS())?.buckets.counts ?? [];
    expect(counts.filter((count) => count > 0)).toEqual([1, 1, 1, 1, 1]);
  });
});

describe('the upgrades counter', () => {
  it('shows which spans links kept and which the bound refused, and leaves out the others', async () => {
    const sampler = new ParentBasedSampler({
      root: new LinkSampler({ fallback: new AlwaysOffSampler(), maxExtraPerSecond: 2, nowMs: () => 0 }),
    });
    const sampled = new BasicTracerProvider({ sampler }).getTracer('sampled');
    for (let batch = 0; batch < 5; batch++) {
      startFanIn(sampled, 'batch', [{ carrier: carrierAt(batch) }])?.end();
    }
    startFanIn(sampled, 'batch', [{ carrier: null }])?.end();
    const points = await pointsOf('spanlinks.sampler.upgrades');
    expect(points.map(({ attributes, value }) => [attributes, value])).toEqual([
      [{ 'spanlinks.outcome': 'granted' }, 2],
      [{ 'spanlinks.outcome': 'refused' }, 3],
    ]);
  });
});

describe('the meter provider', () => {
  it('is used from its registration until it is replaced', async () => {
    metrics.disable();
    startFanIn(tracer, 'batch', [{ carrier: carrierAt(1) }])?.end();
    metrics.setGlobalMeterProvider(provider);
    startFanIn(tracer, 'batch', [{ carrier: carrierAt(1) }])?.end();
    expect(await links()).toEqual({ 'origin ok': 1 });

    const next = providerOf();
    metrics.disable();
    metrics.setGlobalMeterProvider(next);
    startFanIn(tracer, 'batch', [{ carrier: null }])?.end();
    expect(await links(next)).toEqual({ 'origin missing': 1 });
    expect(await links()).toEqual({ 'origin ok': 1 });
    await next.shutdown();
  });

  it('never breaks a batch when it fails, and is not asked again for every link', () => {
    metrics.disable();
    const getMeter = vi.fn(() => {
      throw new Error('no meters today');
    });
    metrics.setGlobalMeterProvider({ getMeter } satisfies ApiProvider);
    for (let batch = 0; batch < 3; batch++) {
      expect(
        startFanIn(tracer, 'batch', [{ carrier: carrierOf(tracer.startSpan('a').spanContext()) }]),
      ).toBeDefined();
    }
    expect(getMeter).toHaveBeenCalledOnce();
  });
});
