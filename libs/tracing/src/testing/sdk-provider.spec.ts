import { ROOT_CONTEXT } from '@opentelemetry/api';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { sdkProvider } from './sdk-provider.ts';
import { SpanRecorder } from './span-recorder.ts';

const here = createRequire(import.meta.url);
let project: string;

/** A project that sees only these packages, as with a strict package manager. */
const install = (...names: string[]) => {
  const scope = join(project, 'node_modules/@opentelemetry');
  mkdirSync(scope, { recursive: true });
  for (const name of names) {
    symlinkSync(dirname(here.resolve(`@opentelemetry/${name}/package.json`)), join(scope, name));
  }
};
const recordedBy = (from?: string) => {
  const recorder = new SpanRecorder();
  sdkProvider(recorder, from).getTracer('t').startSpan('span', {}, ROOT_CONTEXT).end();
  return recorder.all.length;
};

beforeEach(() => (project = mkdtempSync(join(tmpdir(), 'span-links-testing-'))));
afterEach(() => rmSync(project, { recursive: true }));

describe('sdkProvider', () => {
  it.each(['sdk-trace', 'sdk-trace-base', 'sdk-trace-node', 'sdk-node'])('finds the SDK by %s', (name) => {
    install(name);
    expect(recordedBy(join(project, 'test.spec.js'))).toBe(1);
    expect(recordedBy(pathToFileURL(join(project, 'test.spec.js')).href)).toBe(1);
  });

  it('searches the working directory by default', () => {
    expect(recordedBy()).toBe(1);
  });

  it('samples everything, in any environment of the test run', () => {
    vi.stubEnv('OTEL_TRACES_SAMPLER', 'always_off');
    install('sdk-trace-base');
    expect(recordedBy(join(project, 'test.spec.js'))).toBe(1);
    vi.unstubAllEnvs();
  });

  it('says what to install if there is no SDK', () => {
    expect(() => recordedBy(join(project, 'test.spec.js'))).toThrow(
      /found no OpenTelemetry SDK from .*test\.spec\.js/,
    );
  });
});
