import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Child } from './child.ts';

/** The last steps of every orderly stop, in their order. */
const STOPPED = ['nest hook SIGTERM', 'spans', 'database'];

async function slowRequest(service: Child) {
  const { url } = await service.ready();
  const answer = fetch(`${url}/slow`);
  await service.said('slow began');
  return answer;
}

/**
 * Sends a request that the service never answers. The connection breaks when the service ends; that is not under test.
 */
async function endlessRequest(service: Child): Promise<void> {
  const { url } = await service.ready();
  fetch(`${url}/never?key=secret`).catch(() => {});
  await service.said('never began');
}

async function untilRefused(url: string): Promise<void> {
  const { port, hostname } = new URL(url);
  for (;;) {
    const socket = connect(Number(port), hostname);
    const refused = await once(socket, 'connect').then(
      () => false,
      () => true,
    );
    socket.destroy();
    if (refused) return;
    await sleep(10);
  }
}

/** Bounded, so that an orphan fails the test and is then killed, rather than outliving a test that timed out. */
async function untilGone(pid: number): Promise<void> {
  const deadline = AbortSignal.timeout(15_000);
  while (isAlive(pid)) await sleep(10, undefined, { signal: deadline });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

function killIfAlive(pid: number): void {
  if (isAlive(pid)) process.kill(pid, 'SIGKILL');
}

describe('a service that starts', () => {
  it('says where it listens, to its parent and in one line of log', async () => {
    await using service = new Child('service.mjs');

    const { name, url } = await service.ready();

    expect(name).toBe('fixture-service');
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    service.kill('SIGTERM');
    await service.exit;
    const lines = service.stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(
      new RegExp(` INFO {2}fixture-service {2}listening on ${url}, API documentation at ${url}/docs$`),
    );
    expect(lines[1]).toMatch(/ INFO {2}fixture-service {2}SIGTERM, stopping$/);
    expect(service.stderr).toBe('');
  });

  it('listens only on the loopback address by default', async () => {
    await using loopback = new Child('service.mjs');
    await using everywhere = new Child('service.mjs', { env: { HOST: '0.0.0.0' } });

    const [{ url }, { url: other }] = await Promise.all([loopback.ready(), everywhere.ready()]);

    // 127.0.0.2 is this machine too, but another address.
    await expect(fetch(url.replace('127.0.0.1', '127.0.0.2'))).rejects.toThrow();
    expect((await fetch(other.replace('127.0.0.1', '127.0.0.2'))).status).toBe(404);
  });

  it('prints its variables for --help and does not read them', async () => {
    await using service = new Child('service.mjs', { args: ['--help'], env: { PORT: 'wrong' } });

    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.stdout).toMatch(/^fixture-service 1\.2\.3\n\nEnvironment variables:\n\n/);
    expect(service.stdout).toMatch(/^ {2}PORT +3000 +Port to listen on/m);
    expect(service.stderr).toBe('');
  });
});

describe('a service that cannot start', () => {
  it('says in one sentence that its port is taken, and releases everything it had', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;

    await using service = new Child('service.mjs', { env: { PORT: String(port) } });

    expect(await service.exit).toEqual({ code: 1, signal: null });
    expect(service.stderr).toBe(
      `fixture-service: port ${port} is taken on 127.0.0.1; set PORT to another one\n`,
    );
    expect(service.stdout).not.toMatch(/\s+at /);
    expect(service.trail).toEqual(['nest hook undefined', 'spans', 'database']);
    squatter.close();
  });

  it('takes a free port if that is allowed, says so, and prints its address', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;

    await using service = new Child('service.mjs', { env: { PORT: String(port), SCENARIO: 'any port' } });

    const { url } = await service.ready();
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    await service.said(`listens at ${url}`);
    expect(service.stdout).toContain(
      `port ${port} is taken, so a free one is used; PORT asks for a certain one`,
    );
    squatter.close();
  });

  it('says in one sentence that its address is not of this machine', async () => {
    await using service = new Child('service.mjs', { env: { HOST: '192.0.2.1' } });

    expect(await service.exit).toEqual({ code: 1, signal: null });
    expect(service.stderr).toBe(
      'fixture-service: 192.0.2.1 is not an address of this machine; set HOST to another one\n',
    );
  });

  it('prints a sentence for each wrong setting', async () => {
    await using service = new Child('service.mjs', { env: { PORT: '70000', LOG_LEVEL: 'loud' } });

    expect(await service.exit).toEqual({ code: 1, signal: null });
    expect(service.stderr).toBe(
      'fixture-service: PORT is "70000"; it must be a whole number from 0 to 65535.\n' +
        'fixture-service: LOG_LEVEL is "loud"; it must be one of fatal, error, warn, info, debug, verbose.\n',
    );
    expect(service.stdout).toBe('');
  });

  it.each([
    ['module throws', 'the database said no'],
    ['provider missing', "Nest can't resolve dependencies of the NeedsWhatNobodyProvides"],
  ])('also reports anything else in one sentence: %s', async (scenario, sentence) => {
    await using service = new Child('service.mjs', { env: { SCENARIO: scenario } });

    expect(await service.exit).toEqual({ code: 1, signal: null });
    expect(service.stderr.split('\n')).toEqual([
      expect.stringContaining(`fixture-service: could not start: ${sentence}`) as string,
      '',
    ]);
    expect(service.stdout).not.toMatch(/\s+at /);
  });

  it('shows the stack on request', async () => {
    await using service = new Child('service.mjs', {
      env: { SCENARIO: 'module throws', LOG_LEVEL: 'debug' },
    });

    await service.exit;
    expect(service.stdout).toMatch(
      /DEBUG fixture-service {2}the start failed\n\s+Error: the database said no/,
    );
  });
});

describe.each(['SIGTERM', 'SIGINT'] as const)('a service that gets %s', (signal) => {
  it('answers the running request, takes no new one, then stops Nest, then the rest in order, and exits with 0', async () => {
    await using service = new Child('service.mjs');
    const answer = slowRequest(service);
    const { url } = await service.ready();
    await service.said('slow began');

    service.kill(signal);
    await untilRefused(url);
    service.process.send('release');

    const response = await answer;
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ slow: 'done' });
    expect(response.headers.get('connection')).toBe('close');
    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.trail).toEqual(['slow answered', `nest hook ${signal}`, 'spans', 'database']);
    expect(service.stderr).toBe('');
  });
});

describe('a service that stops', () => {
  // Node.js keeps an idle connection for 5 s: a stop that waits for one exceeds 3 of these 4 s and ends with 1.
  const DEADLINE_MS = '4000';

  it('does not wait for idle connections', async () => {
    await using service = new Child('service.mjs', { env: { STOP_DEADLINE_MS: DEADLINE_MS } });
    const { url } = await service.ready();
    const { port } = new URL(url);
    const agent = new Agent({ keepAlive: true });
    const silent = connect(Number(port), '127.0.0.1');
    const halfAsked = connect(Number(port), '127.0.0.1');
    await Promise.all([once(silent, 'connect'), once(halfAsked, 'connect')]);
    halfAsked.write('GET /slow HTTP/1.1\r\nHost:');
    const [response] = (await once(get(`${url}/health/live`, { agent }), 'response')) as [IncomingMessage];
    await once(response.resume(), 'end');
    for (const socket of [silent, halfAsked]) socket.on('error', () => {});

    service.kill('SIGTERM');

    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.stdout).not.toContain('still running');
    agent.destroy();
  });

  it('finishes an answer that has begun, and does not wait for its connection', async () => {
    await using service = new Child('service.mjs', { env: { STOP_DEADLINE_MS: DEADLINE_MS } });
    const { url } = await service.ready();
    const response = await fetch(`${url}/streamed`);

    service.kill('SIGTERM');
    await untilRefused(url);
    service.process.send('release');

    expect(await response.text()).toBe('first half, second half');
    expect(await service.exit).toEqual({ code: 0, signal: null });
  });

  it('treats a signal that arrives twice at once as one', async () => {
    await using service = new Child('service.mjs');
    const answer = slowRequest(service);
    const { url } = await service.ready();
    await service.said('slow began');

    service.kill('SIGINT');
    service.kill('SIGTERM');
    await untilRefused(url);
    service.process.send('release');

    expect((await answer).status).toBe(200);
    expect(await service.exit).toEqual({ code: 0, signal: null });
  });

  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('exits at once when %s comes again', async (signal, code) => {
    await using service = new Child('service.mjs', { env: { STOP_DEADLINE_MS: '60000' } });
    await endlessRequest(service);

    service.kill('SIGTERM');
    await sleep(700);
    service.kill(signal);

    expect(await service.exit).toEqual({ code, signal: null });
    expect(service.trail).toEqual([]);
  });

  it('gives up a request when its time is up, says which, still flushes and exits with 1', async () => {
    await using service = new Child('service.mjs', { env: { STOP_DEADLINE_MS: '300' } });
    await endlessRequest(service);

    service.kill('SIGTERM');

    expect(await service.exit).toEqual({ code: 1, signal: null });
    expect(service.stdout).toMatch(/did not stop in time; still running: 1 request \(GET \/never\)\n/);
    expect(service.trail).toEqual(STOPPED);
  });

  it('says which of the last steps hung, and exits with 1', async () => {
    await using service = new Child('service.mjs', {
      env: { STOP_DEADLINE_MS: '200', SCENARIO: 'database hangs' },
    });
    await service.ready();

    service.kill('SIGTERM');

    expect(await service.exit).toEqual({ code: 1, signal: null });
    expect(service.stdout).toMatch(/did not stop in time; still running: database\n/);
  });

  it('releases the database even if the spans could not be flushed', async () => {
    await using service = new Child('service.mjs', { env: { SCENARIO: 'spans fail' } });
    await service.ready();

    service.kill('SIGTERM');

    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.trail).toEqual(STOPPED);
    expect(service.stdout).toMatch(
      /ERROR fixture-service {2}while stopping, spans failed\n\s+Error: the collector is away/,
    );
  });

  it('stops in the middle of its start, too', async () => {
    await using service = new Child('service.mjs', { env: { SCENARIO: 'slow start' } });
    await service.said('starting');

    service.kill('SIGTERM');

    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.trail).toEqual(STOPPED);
    expect(service.stderr).toBe('');
  });
});

describe('a service whose parent is gone', () => {
  it('stops in order when the parent hangs up', async () => {
    await using service = new Child('service.mjs');
    await service.ready();

    service.process.disconnect();

    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.trail).toEqual(['nest hook undefined', 'spans', 'database']);
  });

  it('stops in order when the parent is killed and its pipes close', async () => {
    const trailFile = join(await mkdtemp(join(tmpdir(), 'service-shell-')), 'trail');
    await using launcher = new Child('launcher.mjs', { env: { TRAIL_FILE: trailFile } });
    const { pid } = (await launcher.ready()) as unknown as { pid: number };

    try {
      launcher.kill('SIGKILL');
      await untilGone(pid);
    } finally {
      killIfAlive(pid);
    }
    expect(await readFile(trailFile, 'utf8')).toBe('nest hook undefined\nspans\ndatabase\nexit 0\n');
  });
});

describe('an uncaught error', () => {
  it.each([
    ['crash', 'uncaughtException', 'nobody caught this'],
    ['reject', 'unhandledRejection', 'nobody awaited this'],
  ])(
    'is logged with its stack, stops the service in order and makes it exit with 1: %s',
    async (path, origin, text) => {
      await using service = new Child('service.mjs', { env: { STOP_DEADLINE_MS: '300' } });
      const { url } = await service.ready();

      fetch(`${url}/${path}`).catch(() => {});

      expect(await service.exit).toEqual({ code: 1, signal: null });
      expect(service.stdout).toMatch(
        new RegExp(
          `FATAL fixture-service {2}stopping after an error that nobody caught \\(${origin}\\)\\n\\s+Error: ${text}\\n\\s+at `,
        ),
      );
      expect(service.trail).toEqual(['nest hook undefined', 'spans', 'database']);
    },
  );
});

describe('a service with responses that never end by themselves', () => {
  it('ends them before it waits for the others, and stops with exit code 0', async () => {
    await using service = new Child('service.mjs', { env: { SCENARIO: 'streams' } });
    const { url } = await service.ready();
    const stream = await fetch(`${url}/endless`);
    service.kill('SIGTERM');

    expect(await stream.text()).toBe('so far, and goodbye');
    expect(await service.exit).toEqual({ code: 0, signal: null });
    expect(service.trail).toEqual(['streams', ...STOPPED]);
  });

  it('may describe in its own words where it listens', async () => {
    await using service = new Child('service.mjs', { env: { SCENARIO: 'streams' } });
    const { url } = await service.ready();

    expect(service.stdout).toContain(`find it at ${url}/slow`);
    expect(service.stdout).not.toContain('API documentation at');
  });
});
