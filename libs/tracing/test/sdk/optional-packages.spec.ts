import { startOtlpReceiver, type OtlpReceiver } from '@span-links/otlp/receiver';
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runFixture, type Ended } from './run-fixture.ts';

const OURS = join(import.meta.dirname, '../../dist');
const INSTALLED = join(import.meta.dirname, '../../../../node_modules');
const API = '@opentelemetry/api';
const SDK = '@opentelemetry/sdk-node';
const BUNDLE = '@opentelemetry/auto-instrumentations-node';
const MISSING =
  /^tracing: could not be started, the application runs without: @opentelemetry\/sdk-node is not installed \(npm install @opentelemetry\/sdk-node @opentelemetry\/auto-instrumentations-node\)\n$/;

let receiver: OtlpReceiver;
let place: string;

beforeEach(async () => {
  receiver = await startOtlpReceiver();
  place = realpathSync(mkdtempSync(join(tmpdir(), 'span-links-optional-')));
  install('.', API);
  // The library alone, with only the API beside it, like a linked or global install.
  cpSync(OURS, join(place, 'library/dist'), { recursive: true });
  writeFileSync(join(place, 'library/package.json'), '{ "type": "module" }');
  mkdirSync(join(place, 'app'));
  mkdirSync(join(place, 'elsewhere'));
  writeFileSync(
    join(place, 'app/main.mjs'),
    `import http from 'node:http';
     import { trace } from '@opentelemetry/api';
     trace.getTracer('app').startSpan('work').end();
     console.log('the application runs', '__wrapped' in http.request);`,
  );
});
afterEach(async () => {
  await receiver.close();
  rmSync(place, { recursive: true, force: true });
});

function install(folder: string, ...packages: string[]): void {
  for (const name of packages) {
    const target = join(place, folder, 'node_modules', name);
    mkdirSync(dirname(target), { recursive: true });
    symlinkSync(join(INSTALLED, name), target);
  }
}

function run(options: { cwd?: string; entry?: string; env?: Record<string, string> } = {}): Promise<Ended> {
  const { cwd = 'app', entry = 'dist/register.js', env = {} } = options;
  return runFixture(join(place, 'app/main.mjs'), {
    cwd: join(place, cwd),
    entry: join(place, 'library', entry),
    env: { OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env },
  }).ended;
}

describe('without the SDK', () => {
  it('one line says what to install, and the application runs untraced', async () => {
    expect(await run()).toMatchObject({
      code: 0,
      stdout: 'the application runs false\n',
      stderr: expect.stringMatching(MISSING) as string,
    });
  });

  it('nothing is reported if nothing was wanted', async () => {
    expect(await run({ env: { OTEL_SDK_DISABLED: 'true' } })).toMatchObject({ code: 0, stderr: '' });
  });
});

describe('an SDK that only the application sees', () => {
  it.each([
    ['the working directory', 'app'],
    ['the main module', 'elsewhere'],
  ])('is found from %s', async (_from, cwd) => {
    install('app', SDK, BUNDLE);
    const { code, stdout, stderr } = await run({ cwd });
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'the application runs true\n' });
    expect(stderr).toMatch(/instrumented: http undici pg\n$/);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(receiver.spanCount).toBe(1);
  });

  it('is found by the CommonJS build, too', async () => {
    install('app', SDK, BUNDLE);
    const { stderr } = await run({ entry: 'dist/cjs/register.js' });
    expect(stderr).toMatch(/instrumented: http undici pg\n$/);
    expect(receiver.spanCount).toBe(1);
  });
});

describe('without auto-instrumentations-node', () => {
  it('runs with the separately installed instrumentations, and says so', async () => {
    install('app', SDK, '@opentelemetry/instrumentation-http');
    const { code, stdout, stderr } = await run();
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'the application runs true\n' });
    expect(stderr).toMatch(/^tracing: auto-instrumentations-node is not installed; .*\ntracing: .*: http\n$/);
    expect(receiver.spanCount).toBe(1);
  });

  it.each([{ SPAN_LINKS_INSTRUMENTATIONS: 'bundle' }, { OTEL_NODE_RESOURCE_DETECTORS: 'all' }])(
    'runs with %o as far as possible',
    async (env) => {
      install('app', SDK);
      const { stderr } = await run({ env });
      expect(stderr).toMatch(/instrumented: nothing\n$/);
      expect(receiver.spanCount).toBe(1);
    },
  );
});
