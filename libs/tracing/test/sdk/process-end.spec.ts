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

const names = (): string[] => receiver.spans().map(({ name }) => name);

describe('a process that comes to its end', () => {
  it('has sent 3,000 children and the parent with links that ended after them', async () => {
    const { code, stderr } = await runFixture('flood.mjs', { args: ['3000'], env }).ended;
    expect(code).toBe(0);
    expect(receiver.spanCount).toBe(3_001);
    const parent = receiver.spans().find(({ name }) => name === 'process-batch');
    expect(parent?.links.map(({ traceId }) => Number(traceId))).toEqual([1, 2, 3, 4, 5]);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });

  it('has sent the parent with links even if the children do not fit', async () => {
    await runFixture('flood.mjs', { args: ['3000'], env: { ...env, OTEL_BSP_MAX_QUEUE_SIZE: '600' } }).ended;
    expect(receiver.spanCount).toBe(600);
    expect(names()).toContain('process-batch');
  });

  it('is not kept alive if nobody listens at the endpoint', async () => {
    await receiver.close();
    const { code, stderr } = await runFixture('flood.mjs', { args: ['10'], env }).ended;
    expect(code).toBe(0);
    expect(stderr.match(/takes no spans/g)).toHaveLength(1);
  });

  it('is not kept alive by a backend that never answers', async () => {
    receiver.respondWith('hang');
    const { code, stderr } = await runFixture('flood.mjs', { args: ['2000'], env }).ended;
    expect(code).toBe(0);
    expect(stderr).toContain('did not take the last 2001 spans in time');
    expect(receiver.spanCount).toBe(0);
  });
});

describe.each(['SIGTERM', 'SIGINT'] as const)('on %s', (signal) => {
  it('a process without a handler flushes and dies of that signal', async () => {
    const service = runFixture('service.mjs', { env });
    await service.ready;
    service.kill(signal);
    expect(await service.ended).toMatchObject({ code: null, signal });
    expect(names()).toEqual(['waiting']);
  });

  it('a process with a handler decides itself, and stops tracing when it is done', async () => {
    const service = runFixture('service.mjs', { env, args: ['exits'] });
    await service.ready;
    service.kill(signal);
    expect(await service.ended).toMatchObject({ code: 7, signal: null });
    expect(names()).toEqual(['waiting', 'last words']);
  });

  it('a process that cleans up and repeats the signal, as NestJS does, flushes and dies of it', async () => {
    const service = runFixture('service.mjs', { env, args: ['repeats'] });
    await service.ready;
    service.kill(signal);
    expect(await service.ended).toMatchObject({ code: null, signal });
    expect(names()).toEqual(['waiting', 'last words']);
  });

  it.each(['refuses connections', 'hangs'])('a process dies although its backend %s', async (how) => {
    if (how === 'hangs') receiver.respondWith('hang');
    else await receiver.close();
    const service = runFixture('service.mjs', { env });
    await service.ready;
    service.kill(signal);
    expect(await service.ended).toMatchObject({ code: null, signal });
  });

  it('a process that is told twice does not wait for its backend', async () => {
    receiver.respondWith('hang');
    const service = runFixture('service.mjs', { env: { ...env, OTEL_EXPORTER_OTLP_TIMEOUT: '3600000' } });
    await service.ready;
    service.kill(signal);
    await expect.poll(() => receiver.requests.length).toBe(1);
    service.kill(signal);
    expect(await service.ended).toMatchObject({ code: null, signal });
  });
});

describe('three batches of 10,000 orders, with a child for each', () => {
  it.each([
    ['without', []],
    ['with', ['waits']],
  ])('export every span with links, %s backpressure', async (_how, args) => {
    const { stdout } = await runFixture('large-batch.mjs', { args, env }).ended;
    const bearers = receiver.spans().filter(({ links }) => links.length > 0);
    expect(bearers).toHaveLength(3 * 79);
    expect(bearers.reduce((sum, { links }) => sum + links.length, 0)).toBe(30_000);
    expect(bearers.every(({ droppedLinksCount }) => droppedLinksCount === 0)).toBe(true);
    expect(bearers.filter(({ name }) => name === 'process-batch')).toHaveLength(3);
    // The queue, and one export under way.
    expect(JSON.parse(stdout)).toHaveProperty('mostQueued');
    expect((JSON.parse(stdout) as { mostQueued: number }).mostQueued).toBeLessThanOrEqual(8_192 + 512);
  });
});

describe('a flood with backpressure', () => {
  const counters = async (fixtureEnv: Record<string, string>): Promise<unknown> =>
    JSON.parse(await runFixture('producer.mjs', { env: fixtureEnv }).ready);

  it('arrives in full if the backend keeps up', async () => {
    expect(await counters({ ...env, OTEL_BSP_MAX_QUEUE_SIZE: '2048' })).toMatchObject({
      dropped: { ordinary: 0, linkBearing: 0 },
      failed: { exports: 0 },
    });
    expect(receiver.spanCount).toBeGreaterThan(17_000);
  });

  it.each(['refuses connections', 'hangs'])('ends if the backend %s', async (how) => {
    if (how === 'hangs') receiver.respondWith('hang');
    else await receiver.close();
    expect(await counters(env)).toMatchObject({ queued: 8_192 + 512, exported: 0 });
  });
});
