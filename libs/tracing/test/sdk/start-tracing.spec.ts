import { startOtlpReceiver, type OtlpReceiver } from '@span-links/otlp/receiver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runFixture } from './run-fixture.ts';

let receiver: OtlpReceiver;
let env: Record<string, string>;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  env = { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url };
});
afterEach(() => receiver.close());

interface Inventory {
  readonly packages: string[];
  readonly serverPatched: boolean;
  readonly requestPatched: boolean;
  readonly recording: boolean;
  readonly linkLimit: number;
  readonly signalListeners: number;
}

async function inventory(fixtureEnv: Record<string, string>): Promise<Inventory> {
  return JSON.parse(await runFixture('inventory.mjs', { env: { ...env, ...fixtureEnv } }).ready) as Inventory;
}

describe('startTracing', () => {
  it('loads and patches nothing with OTEL_SDK_DISABLED=true', async () => {
    const { ended } = runFixture('inventory.mjs', { env: { ...env, OTEL_SDK_DISABLED: 'true' } });
    const { stdout, stderr } = await ended;
    expect(JSON.parse(stdout)).toEqual({
      packages: ['@opentelemetry/api'],
      serverPatched: false,
      requestPatched: false,
      recording: false,
      carrier: false,
      linkLimit: 128,
      signalListeners: 0,
    });
    expect(stderr).toBe('');
    expect(receiver.counts.requests).toBe(0);
  });

  it('loads the instrumentations it uses and no others', async () => {
    const { packages, serverPatched, requestPatched, recording } = await inventory({});
    const loaded = packages.filter((name) => name.startsWith('@opentelemetry/instrumentation-'));
    expect(loaded.sort()).toEqual([
      '@opentelemetry/instrumentation-http',
      '@opentelemetry/instrumentation-pg',
      '@opentelemetry/instrumentation-undici',
    ]);
    expect(packages).not.toContain('@grpc/grpc-js');
    expect({ serverPatched, requestPatched, recording }).toEqual({
      serverPatched: true,
      requestPatched: true,
      recording: true,
    });
  });

  it.each([
    [{ OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'pg,redis' }, ['pg', 'redis']],
    [{ OTEL_NODE_DISABLED_INSTRUMENTATIONS: 'undici' }, ['http', 'pg']],
  ])('with %o instruments %j', async (setting, expected) => {
    const { stderr } = await runFixture('inventory.mjs', { env: { ...env, ...setting } }).ended;
    expect(stderr).toMatch(new RegExp(`instrumented: ${expected.join(' ')}\n$`));
  });

  it('loads the whole bundle with SPAN_LINKS_INSTRUMENTATIONS=bundle', async () => {
    const { packages } = await inventory({ SPAN_LINKS_INSTRUMENTATIONS: 'bundle' });
    expect(
      packages.filter((name) => name.startsWith('@opentelemetry/instrumentation-')).length,
    ).toBeGreaterThan(30);
  });

  it('says in one line which features are on, without credentials', async () => {
    const endpoint = receiver.url.replace('//', '//user:hunter2@');
    const { stderr } = await runFixture('flood.mjs', {
      args: ['1'],
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_SPAN_LINK_COUNT_LIMIT: '64' },
    }).ended;
    expect(stderr).toBe(
      `tracing: fixture to otlp http/protobuf ${receiver.url}/v1/traces, sampler parentbased_always_on, ` +
        'at most 64 links a span, instrumented: http undici pg\n',
    );
  });

  it('says nothing with OTEL_LOG_LEVEL=none, not even about wrong settings and a dead backend', async () => {
    await receiver.close();
    const { code, stderr } = await runFixture('flood.mjs', {
      args: ['1'],
      env: { ...env, OTEL_LOG_LEVEL: 'none', OTEL_TRACES_SAMPLER: 'wrong' },
    }).ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  });

  it('reports each wrong setting in a line, and runs with the defaults', async () => {
    const { code, stderr } = await runFixture('flood.mjs', {
      args: ['1'],
      env: {
        ...env,
        OTEL_TRACES_SAMPLER: 'sometimes',
        OTEL_EXPORTER_OTLP_PROTOCOL: 'smoke',
        OTEL_BSP_MAX_QUEUE_SIZE: 'big',
        OTEL_NODE_ENABLED_INSTRUMENTATIONS: 'http,abacus',
        OTEL_NODE_RESOURCE_DETECTORS: 'moon',
      },
    }).ended;
    expect(code).toBe(0);
    expect(stderr.trim().split('\n')).toHaveLength(6);
    expect(stderr).toMatch(/OTEL_NODE_ENABLED_INSTRUMENTATIONS: .*"abacus"/);
    expect(receiver.spanCount).toBe(2);
  });

  it('starts only once, for any number of calls', async () => {
    expect(await runFixture('start-twice.mjs', { env }).ready).toBe('the same');
  });

  it('starts from @span-links/tracing/register without a file of your own', async () => {
    await runFixture('flood.mjs', { args: ['1'], env, entry: '@span-links/tracing/register' }).ended;
    expect(receiver.spanCount).toBe(2);
  });
});

describe('the environment', () => {
  async function resourceWith(setting: Record<string, string>): Promise<Record<string, unknown>> {
    await runFixture('flood.mjs', { args: ['0'], env: { ...env, ...setting } }).ended;
    return receiver.spans()[0]!.resource;
  }

  it.each([
    [{}, 'fixture'],
    [{ OTEL_RESOURCE_ATTRIBUTES: 'service.name=from%20attributes,deployment=x' }, 'from attributes'],
    [{ OTEL_SERVICE_NAME: 'named', OTEL_RESOURCE_ATTRIBUTES: 'service.name=other' }, 'named'],
    [{ OTEL_SERVICE_NAME: 'named', OTEL_NODE_RESOURCE_DETECTORS: 'none' }, 'named'],
  ])('%o names the service %s', async (setting, name) => {
    expect((await resourceWith(setting))['service.name']).toBe(name);
  });

  it('describes the process and its host', async () => {
    const resource = await resourceWith({});
    expect(resource).toHaveProperty(['process.pid']);
    expect(resource).toHaveProperty(['host.name']);
  });

  it('limits links per span', async () => {
    await runFixture('flood.mjs', { args: ['0'], env: { ...env, OTEL_SPAN_LINK_COUNT_LIMIT: '2' } }).ended;
    expect(receiver.spans()[0]).toMatchObject({ droppedLinksCount: 3 });
    expect(receiver.spans()[0]?.links).toHaveLength(2);
  });

  it('can keep spans from being sampled', async () => {
    await runFixture('flood.mjs', { args: ['10'], env: { ...env, OTEL_TRACES_SAMPLER: 'always_off' } }).ended;
    expect(receiver.counts.requests).toBe(0);
  });

  it.each([
    ['http/json', 'application/json'],
    ['http/protobuf', 'application/x-protobuf'],
  ])('chooses the protocol %s', async (protocol, contentType) => {
    await runFixture('flood.mjs', { args: ['9'], env: { ...env, OTEL_EXPORTER_OTLP_PROTOCOL: protocol } })
      .ended;
    expect(receiver.spanCount).toBe(10);
    expect(receiver.requests[0]?.contentType).toBe(contentType);
  });

  it('sends headers and compresses', async () => {
    const setting = {
      OTEL_EXPORTER_OTLP_HEADERS: 'signoz-ingestion-key=s%20k',
      OTEL_EXPORTER_OTLP_COMPRESSION: 'gzip',
    };
    await runFixture('flood.mjs', { args: ['500'], env: { ...env, ...setting } }).ended;
    expect(receiver.spanCount).toBe(501);
    expect(receiver.requests[0]?.headers['signoz-ingestion-key']).toBe('s k');
    expect(receiver.requests[0]?.contentEncoding).toBe('gzip');
  });

  it('can send to several exporters, and to none', async () => {
    const several = await runFixture('flood.mjs', {
      args: ['0'],
      env: { ...env, OTEL_TRACES_EXPORTER: 'otlp,console' },
    }).ended;
    expect(several.stdout).toContain("name: 'process-batch'");
    expect(receiver.spanCount).toBe(1);
    const none = await runFixture('inventory.mjs', { env: { ...env, OTEL_TRACES_EXPORTER: 'none' } }).ended;
    expect(JSON.parse(none.stdout)).toMatchObject({ recording: true, carrier: true });
    expect(none.stderr).toContain('fixture to no exporter');
    expect(receiver.counts).toMatchObject({ requests: 1, spans: 1 });
  });
});

describe('sampling by links', () => {
  const roots = async (setting: Record<string, string>): Promise<Record<string, number>> => {
    const ended = await runFixture('sampled.mjs', { env: { ...env, ...setting } }).ended;
    expect(ended.code).toBe(0);
    const byName: Record<string, number> = {};
    for (const { name } of receiver.spans()) byName[name] = (byName[name] ?? 0) + 1;
    return byName;
  };
  const NOTHING_BY_CHANCE = { OTEL_TRACES_SAMPLER_ARG: '0' };

  it.each(['traceidratio', 'parentbased_traceidratio'])(
    'keeps, with %s, a batch of sampled sources, the parts into which it is split, and their children',
    async (sampler) => {
      const kept = await roots({ OTEL_TRACES_SAMPLER: sampler, ...NOTHING_BY_CHANCE });
      expect(kept).toEqual({
        complete: 1,
        'child of complete': 1,
        mixed: 1,
        'child of mixed': 1,
        split: 1,
        'split part 2/2': 1,
        'child of split': 1,
      });
    },
  );

  it('keeps the spans that SPAN_LINKS_SAMPLER asks for', async () => {
    const setting = { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', ...NOTHING_BY_CHANCE };
    expect(await roots({ ...setting, SPAN_LINKS_SAMPLER: 'all' })).toEqual({
      complete: 1,
      'child of complete': 1,
    });
    receiver.clear();
    const quarter = await roots({ ...setting, SPAN_LINKS_SAMPLER: 'ratio:0.25' });
    expect(Object.keys(quarter).sort()).toEqual(['child of complete', 'child of mixed', 'complete', 'mixed']);
    receiver.clear();
    expect(await roots({ ...setting, SPAN_LINKS_SAMPLER: 'off' })).toEqual({});
    expect(await roots({ ...setting, SPAN_LINKS_SAMPLER_MAX_EXTRA_PER_SECOND: '0' })).toEqual({});
  });

  it('is in the line at the start', async () => {
    const { stderr } = await runFixture('sampled.mjs', {
      env: { ...env, OTEL_TRACES_SAMPLER: 'traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.25' },
    }).ended;
    expect(stderr).toContain(
      'sampler traceidratio 0.25 or any linked sources sampled (up to 100 more traces a second)',
    );
  });
});
