import { startOtlpReceiver, type OtlpReceiver } from '@span-links/otlp/receiver';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { FIXTURES, examine, runDoctor, startDoctor } from './run-doctor.ts';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

async function projectFolder(): Promise<string> {
  const folder = await mkdtemp(join(FIXTURES, 'project-'));
  cleanUps.push(() => rm(folder, { recursive: true }));
  return folder;
}

async function listening(server: Server | ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  return (server.address() as AddressInfo).port;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe('a plain NodeSDK with a backend', () => {
  let receiver: OtlpReceiver;
  let seen: Awaited<ReturnType<typeof examine>>;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    seen = await examine(['--import', './sdk-node.mjs'], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
  });
  afterAll(() => receiver.close());

  it('has no problem, and exit code 0', () => {
    expect(seen.code).toBe(0);
    expect(seen.json).not.toContain('"problem",');
  });

  it.each([
    ['tracer provider', 'registered'],
    ['context', 'await and timers'],
    ['link limit', '128; beyond it the oldest go'],
    ['link attributes', '128 a link'],
    ['sampler', 'AlwaysOn'],
    ['propagator', 'traceparent'],
    ['endpoint', 'takes traces'],
    ['load order', 'the SDK comes first'],
  ])('is told that its %s is in order', (check, found) => {
    expect(seen.of(check)).toMatchObject({ verdict: 'ok', found: expect.stringContaining(found) as string });
  });

  it.each([
    ['span processor', 'BatchSpanProcessor', 'register'],
    ['http', 'do not read or write a traceparent', 'instrumentation-http'],
    ['SIGTERM', 'ends without a flush (SIGTERM)', 'SIGTERM handler'],
  ])('is warned of its %s, and told the fix', (check, found, fix) => {
    expect(seen.of(check)).toMatchObject({
      verdict: 'warning',
      found: expect.stringContaining(found) as string,
      fix: expect.stringContaining(fix) as string,
    });
  });

  it('exports nothing because of the observation', () => {
    expect(receiver.spanCount).toBe(0);
    expect(receiver.requests).toHaveLength(1);
  });
});

describe('a project where tracing is off', () => {
  it('is told that nothing registers a provider', async () => {
    const seen = await examine([]);
    expect(seen.code).toBe(1);
    expect(seen.of('tracer provider')).toMatchObject({ verdict: 'problem' });
    expect(seen.of('tracer provider')?.fix).toContain('--import');
  });

  it('is told of OTEL_SDK_DISABLED, which no other check repeats', async () => {
    const seen = await examine(['--import', './sdk-node.mjs'], { env: { OTEL_SDK_DISABLED: 'true' } });
    expect(seen.of('tracer provider')?.found).toContain('OTEL_SDK_DISABLED=true');
    expect(seen.of('link limit')).toBeUndefined();
    expect(seen.code).toBe(0);
  });

  it('is told of OTEL_TRACES_EXPORTER=none', async () => {
    const seen = await examine(['--import', './sdk-node.mjs'], { env: { OTEL_TRACES_EXPORTER: 'none' } });
    expect(seen.of('tracer provider')).toMatchObject({
      verdict: 'warning',
      found: expect.stringContaining('OTEL_TRACES_EXPORTER=none') as string,
    });
  });

  it('is found switched off by a file of variables', async () => {
    const folder = await projectFolder();
    await writeFile(join(folder, '.env'), 'OTEL_SDK_DISABLED=true\n');
    const seen = await examine(['--import', '../sdk-node.mjs', '--env-file', '.env'], { cwd: folder });
    expect(seen.of('tracer provider')?.found).toContain('OTEL_SDK_DISABLED=true');
  });

  it('is found switched on by NODE_OPTIONS', async () => {
    const seen = await examine([], { env: { NODE_OPTIONS: '--import ./sdk-node.mjs' } });
    expect(seen.of('tracer provider')?.verdict).toBe('ok');
  });
});

describe('a provider that is registered alone', () => {
  let seen: Awaited<ReturnType<typeof examine>>;
  beforeAll(async () => {
    seen = await examine(['--import', './bare-provider.mjs'], {
      env: { OTEL_SPAN_LINK_COUNT_LIMIT: '500' },
    });
  });

  it.each([
    ['context', 'lost across await'],
    ['link limit', 'OTEL_SPAN_LINK_COUNT_LIMIT=500 is not in force: 64'],
    ['propagator', 'none'],
    ['span processor', 'but not sent'],
  ])('has a problem with its %s', (check, found) => {
    expect(seen.of(check)).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining(found) as string,
    });
    expect(seen.code).toBe(1);
  });

  it('is not blamed for sending nothing if the environment says so', async () => {
    const { of } = await examine(['--import', './bare-provider.mjs'], {
      env: { OTEL_TRACES_EXPORTER: 'none' },
    });
    expect(of('span processor')).toMatchObject({ verdict: 'warning' });
  });

  it('has a problem with its link limit without the variable, too', async () => {
    const { of } = await examine(['--import', './bare-provider.mjs']);
    expect(of('link limit')).toMatchObject({
      verdict: 'problem',
      found: '64, below the 128 at which startFanIn splits: 936 of 1000 links were dropped',
    });
  });
});

describe('variables that count', () => {
  it.each([
    ['link limit', { OTEL_SPAN_LINK_COUNT_LIMIT: '500' }, 'ok', '500; some backends keep 128'],
    ['link limit', { OTEL_SPAN_LINK_COUNT_LIMIT: '100' }, 'problem', '100, below the 128'],
    ['link attributes', { OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT: '2' }, 'warning', '2 a link'],
    [
      'sampler',
      { OTEL_TRACES_SAMPLER: 'parentbased_traceidratio', OTEL_TRACES_SAMPLER_ARG: '0.1' },
      'warning',
      'TraceIdRatioBased{0.1}: kept',
    ],
    ['sampler', { OTEL_TRACES_SAMPLER: 'always_off' }, 'problem', 'of 120 roots none was kept'],
    ['propagator', { OTEL_PROPAGATORS: 'b3' }, 'warning', 'no traceparent'],
    ['span processor', { OTEL_BSP_MAX_QUEUE_SIZE: '600' }, 'warning', '600 spans, below the default'],
  ])('%s under %o', async (check, env, verdict, found) => {
    const { of } = await examine(['--import', './sdk-node.mjs'], { env });
    expect(of(check)).toMatchObject({ verdict, found: expect.stringContaining(found) as string });
  });

  it('a root sampler that follows links is in order', async () => {
    const { of } = await examine(['--import', './link-sampler.mjs']);
    expect(of('sampler')).toMatchObject({
      verdict: 'ok',
      found: 'FollowsLinks: a root whose links are sampled is kept',
    });
  });
});

describe('an endpoint', () => {
  const statusServer = (status: number): Promise<number> =>
    listening(createServer((_request, response) => response.writeHead(status).end()));

  it.each([
    [401, 'OTEL_EXPORTER_OTLP_HEADERS'],
    [404, '/v1/traces'],
    [415, 'OTEL_EXPORTER_OTLP_PROTOCOL'],
  ])('that answers %i comes with its own fix', async (status, fix) => {
    const url = `http://127.0.0.1:${await statusServer(status)}`;
    const { of } = await examine(['--import', './sdk-node.mjs'], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: url },
    });
    expect(of('endpoint')).toMatchObject({ verdict: 'problem', found: `${url}/v1/traces answers ${status}` });
    expect(of('endpoint')?.fix).toContain(fix);
  });

  it('that refuses connections is a problem', async () => {
    const { of } = await examine(['--import', './sdk-node.mjs'], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
    });
    expect(of('endpoint')).toMatchObject({
      verdict: 'problem',
      found: expect.stringMatching(/ECONNREFUSED$/) as string,
    });
  });

  it('that never answers is a problem, within seconds', async () => {
    const port = await listening(createServer(() => {}));
    const { of } = await examine(['--import', './sdk-node.mjs'], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` },
    });
    expect(of('endpoint')?.found).toContain('no answer within 3 s');
  });

  it('of gRPC takes connections', async () => {
    const port = await listening(createTcpServer((socket) => socket.on('error', () => {})));
    const { of } = await examine(['--import', './sdk-node.mjs'], {
      env: {
        OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc',
        OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
      },
    });
    expect(of('endpoint')).toMatchObject({ verdict: 'ok', found: expect.stringContaining('gRPC') as string });
  });

  it('that code names is asked with the key of that code, and no secret is printed', async () => {
    const keys: unknown[] = [];
    const port = await listening(
      createServer((request, response) => {
        keys.push(request.headers['x-key']);
        response.end();
      }),
    );
    const seen = await examine(['--import', './simple-processor.mjs'], {
      env: { EXPORT_TO: `http://user:passw0rd@127.0.0.1:${port}/in?token=t0ken` },
    });
    expect(keys).toEqual(['s3cret']);
    expect(seen.of('endpoint')?.found).toBe(`http://127.0.0.1:${port}/in takes traces`);
    expect(seen.of('span processor')?.found).toContain('one request for each span');
    expect(seen.json).not.toMatch(/s3cret|passw0rd|t0ken/);
  });
});

describe('instrumentations', () => {
  const commonjs = join(FIXTURES, 'commonjs');

  it('that come first are in order', async () => {
    const { of } = await examine(['--require', './first.js'], { cwd: commonjs });
    expect(of('load order')).toMatchObject({
      verdict: 'ok',
      found: 'the SDK comes first; instrumented: express',
    });
    expect(of('http')?.verdict).toBe('ok');
  });

  it('that come after the package are a warning, because a second require patches it', async () => {
    const { of } = await examine(['--require', './late.js'], { cwd: commonjs });
    expect(of('load order')).toMatchObject({
      verdict: 'warning',
      found: 'express loaded before the SDK: instrumented only where it is required again',
    });
  });

  it('that come after the package are a problem if the running application did not require it again', async () => {
    const { of } = await examine(['--app', 'late-app.js', '--wait', '1.5'], { cwd: commonjs });
    expect(of('load order')).toMatchObject({
      verdict: 'problem',
      found: 'express loaded before the SDK, and not instrumented',
    });
  });

  it('that imports bypass are a warning in a project of ES modules', async () => {
    const { of } = await examine(['--require', './commonjs/first.js']);
    expect(of('ES modules')).toMatchObject({
      verdict: 'warning',
      found: expect.stringContaining('express') as string,
    });
  });

  it.each([
    ['no', 'warning'],
    ['yes', 'ok'],
  ])('of pg with a parent required (%s)', async (required, verdict) => {
    const { of } = await examine(['--import', './instrumented.mjs'], { env: { REQUIRE_PARENT: required } });
    expect(of('pg')?.verdict).toBe(verdict);
  });
});

describe('a project with two copies of the API', () => {
  async function projectWithApi(version: string): Promise<string> {
    const folder = await projectFolder();
    const copy = join(folder, 'node_modules/@opentelemetry/api');
    await mkdir(join(folder, 'node_modules/@opentelemetry'), { recursive: true });
    await cp(join(FIXTURES, '../../../../../node_modules/@opentelemetry/api'), copy, { recursive: true });
    for (const file of ['package.json', 'build/src/version.js']) {
      const text = await readFile(join(copy, file), 'utf8');
      await writeFile(join(copy, file), text.replace(/1\.9\.\d+/, version));
    }
    return folder;
  }

  it('has a problem if the nearer one is too new for the registered one', async () => {
    const seen = await examine(['--import', '../sdk-node.mjs'], { cwd: await projectWithApi('1.10.5') });
    expect(seen.of('API copies')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining('spans made through 1.10.5') as string,
    });
    expect(seen.of('API and SDK')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining('1.10.5 is installed') as string,
    });
    expect(seen.code).toBe(1);
  });

  it('is warned if they still agree', async () => {
    const seen = await examine(['--import', '../sdk-node.mjs'], { cwd: await projectWithApi('1.9.0') });
    expect(seen.of('API copies')).toMatchObject({ verdict: 'warning' });
    expect(seen.of('API and SDK')).toMatchObject({ verdict: 'ok' });
  });
});

describe('auto-instrumentations-node/register', () => {
  let receiver: OtlpReceiver;
  let seen: Awaited<ReturnType<typeof examine>>;
  beforeAll(async () => {
    receiver = await startOtlpReceiver();
    seen = await examine(['--import', '@opentelemetry/auto-instrumentations-node/register'], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
  });
  afterAll(() => receiver.close());

  it("makes no span for the doctor's own work, although it instruments and flushes", () => {
    expect(seen.of('endpoint')?.verdict).toBe('ok');
    expect(receiver.spans().map(({ name }) => name)).toEqual([]);
  });

  it.each([
    ['SIGTERM', /the start-up takes the signal and does not exit/],
    ['NestJS', /instrumentation-nestjs-core makes no spans/],
    ['ES modules', /\bexpress\b.*: instrumented where it is required, not where it is imported/],
    ['pg', /a query without a parent starts a trace/],
  ])('is warned of its %s', (check, found) => {
    expect(seen.of(check)).toMatchObject({
      verdict: 'warning',
      found: expect.stringMatching(found) as string,
    });
  });
});

describe('@span-links/tracing/register', () => {
  it('leaves nothing to fix', async () => {
    const receiver = await startOtlpReceiver();
    cleanUps.push(() => receiver.close());
    const seen = await examine(['--import', '@span-links/tracing/register', '--strict'], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url },
    });
    expect(seen.json).not.toMatch(/"verdict": "(warning|problem)"/);
    expect(seen.code).toBe(0);
    expect(receiver.spanCount).toBe(0);
  });
});

describe('SIGTERM', () => {
  it('is in order if the start-up flushes and ends', async () => {
    const { of } = await examine(['--import', './flushes.mjs']);
    expect(of('SIGTERM')).toMatchObject({
      verdict: 'ok',
      found: expect.stringContaining('exit code 0') as string,
    });
  });

  it('is a problem of an application that handles it and lives on', async () => {
    const { of } = await examine(['--app', 'stays.mjs', '--wait', '1']);
    expect(of('SIGTERM')).toMatchObject({
      verdict: 'problem',
      found: expect.stringContaining('still there') as string,
    });
  });
});

describe('an application', () => {
  it('that starts the SDK itself is observed while it runs', async () => {
    const seen = await examine(['--app', 'app.mjs', '--wait', '1.5']);
    expect(seen.of('tracer provider')?.verdict).toBe('ok');
    expect(seen.of('SIGTERM')?.verdict).toBe('ok');
  });

  it('that ends before it can be observed is a problem', async () => {
    const seen = await examine(['--app', 'crashes.mjs']);
    expect(seen.of('start')).toMatchObject({
      verdict: 'problem',
      found: 'it ended by itself (exit code 1) before it could be looked at: Error: the start-up is broken',
    });
  });
});

describe('the command', () => {
  it('repeats the error of a broken start-up', async () => {
    const { code, of } = await examine(['--import', './crashes.mjs']);
    expect(code).toBe(1);
    expect(of('start')?.found).toContain('the start-up is broken');
  });

  it('says that a start-up is not there', async () => {
    const { of } = await examine(['--import', './nowhere.mjs']);
    expect(of('start')?.found).toContain('Cannot find module');
  });

  it.each(['gives a hanging process up', 'is told to end'])(
    'leaves nothing behind when it %s',
    async (how) => {
      const folder = await projectFolder();
      const pidFile = join(folder, 'pids.json');
      const args = ['doctor', '--import', './hangs.mjs', '--timeout', how.startsWith('gives') ? '2' : '600'];
      const doctor = startDoctor(args, { env: { PIDS_TO: pidFile } });
      const code = new Promise((resolve) => doctor.once('close', resolve));
      await expect.poll(() => readFile(pidFile, 'utf8').catch(() => ''), { timeout: 10_000 }).toContain(']');
      const pids = JSON.parse(await readFile(pidFile, 'utf8')) as number[];
      if (how === 'is told to end') doctor.kill('SIGTERM');
      expect(await code).toBe(how === 'is told to end' ? 143 : 1);
      await expect.poll(() => pids.filter(isAlive), { timeout: 10_000 }).toEqual([]);
    },
  );

  it('prints a table without colour if the output shows none', async () => {
    const { code, stdout } = await runDoctor(['doctor', '--import', './flushes.mjs'], {
      env: { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' },
    });
    expect(code).toBe(1);
    expect(stdout).toMatch(/^✔ Node\.js {10}v/);
    expect(stdout).toMatch(/\n1 problem, \d+ warnings, \d+ ok\n$/);
    expect(stdout).not.toContain('\u001b');
  });

  it('counts warnings as failures when it is strict', async () => {
    const env = { OTEL_TRACES_EXPORTER: 'none' };
    expect((await examine(['--import', './flushes.mjs'], { env })).code).toBe(0);
    expect((await examine(['--import', './flushes.mjs', '--strict'], { env })).code).toBe(1);
  });

  it('explains itself, and a wrong command line ends with code 2', async () => {
    expect(await runDoctor(['--help'])).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Usage:') as string,
    });
    expect(await runDoctor(['doctor', '--no-such'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Unknown option '--no-such'") as string,
    });
  });
});
