import { describe, expect, it } from 'vitest';
import { diagnose } from './diagnosis.ts';
import type { EndpointFacts, Facts } from './facts.ts';
import type { Finding } from './finding.ts';

/** Findings that need another Node.js, SDK or port than a test can rely on. */
const FACTS: Facts = {
  node: 'v22.15.0',
  platform: 'linux',
  mode: 'set-up',
  moduleType: 'module',
  environment: { sdkDisabled: false },
  packages: [installed('@opentelemetry/api', '1.9.1'), installed('@opentelemetry/sdk-trace-base', '2.12.0')],
  registeredBy: '1.9.1',
  processors: [{ name: 'JournaledQueue' }],
};

function installed(name: string, version: string): Facts['packages'][number] {
  return { name, version, path: `/app/node_modules/${name}` };
}

function finding(check: string, facts: Partial<Facts>): Finding | undefined {
  const outcome = { facts: { ...FACTS, ...facts }, ending: undefined };
  return diagnose(outcome, false).findings.find((one) => one.check === check);
}

function packages(...added: [string, string][]): Partial<Facts> {
  return { packages: [...FACTS.packages, ...added.map(([name, version]) => installed(name, version))] };
}

describe('the installation', () => {
  it.each([
    ['v18.20.0', 'problem'],
    ['v20.18.3', 'problem'],
    ['v20.19.0', 'ok'],
    ['v21.7.0', 'problem'],
    ['v26.0.0', 'ok'],
  ])('Node.js %s: %s', (node, verdict) => {
    expect(finding('Node.js', { node })?.verdict).toBe(verdict);
  });

  it.each([
    ['2.6.0', 'warning', 'keeps any number of links'],
    ['2.6.1', 'ok', '2.6.1'],
    ['3.1.1', 'ok', '3.1.1'],
  ])('SDK %s: %s', (version, verdict, found) => {
    const facts = { packages: [installed('@opentelemetry/sdk-trace-base', version)] };
    expect(finding('SDK version', facts)).toMatchObject({
      verdict,
      found: expect.stringContaining(found) as string,
    });
  });

  it('two majors of the SDK do not work together', () => {
    expect(finding('SDK version', packages(['@opentelemetry/sdk-trace-base', '1.30.1']))).toMatchObject({
      verdict: 'warning',
      found: expect.stringContaining('1.30.1 and 2.12.0') as string,
    });
  });

  it('without an SDK or the API there is no tracing', () => {
    expect(finding('SDK version', { packages: [] })?.verdict).toBe('problem');
    expect(finding('API copies', { packages: [] })?.verdict).toBe('problem');
  });

  it.each([
    ['11.1.0', true, 'ok'],
    ['12.5.1', true, 'warning'],
    ['12.5.1', false, 'ok'],
  ])('NestJS %s with the official instrumentation loaded (%s): %s', (version, officialNest, verdict) => {
    const loading = { beforeRegistration: [], patched: {}, http: 'yes', officialNest } as const;
    const facts = { ...packages(['@nestjs/core', version]), loading };
    expect(finding('NestJS', facts)?.verdict).toBe(verdict);
  });
});

describe('an endpoint', () => {
  const endpoint = (facts: EndpointFacts): Finding | undefined => finding('endpoint', { endpoints: [facts] });

  it.each([
    ['http', 4317, 'Use port 4318'],
    ['grpc', 4318, 'Use port 4317'],
  ] as const)(
    'of %s at the port of the other protocol, %i, is reported differently from one that is down',
    (transport, port, fix) => {
      const outcome = { kind: 'failed', reason: 'ECONNRESET' } as const;
      expect(endpoint({ url: `http://collector:${port}/`, transport, outcome })).toMatchObject({
        verdict: 'problem',
        fix: expect.stringContaining(fix) as string,
      });
      expect(endpoint({ url: 'http://collector:9999/', transport, outcome })?.found).toContain('ECONNRESET');
    },
  );

  it('that takes HTTP at the port of gRPC is still fine', () => {
    const outcome = { kind: 'answered', status: 200 } as const;
    expect(endpoint({ url: 'http://collector:4317/', transport: 'http', outcome })?.verdict).toBe('ok');
  });
});

describe('a diagnosis', () => {
  it('says what could not be observed instead of guessing', () => {
    const { findings } = diagnose({ facts: FACTS, ending: undefined }, false);
    expect(findings.filter(({ verdict }) => verdict === 'not applicable').map(({ check }) => check)).toEqual(
      expect.arrayContaining(['context', 'link limit', 'sampler', 'load order', 'pg', 'SIGTERM']),
    );
  });

  it('reports an application that survives SIGTERM as a problem', () => {
    const ending = { died: false, how: 'still there after 5 s', flushed: true };
    const { findings } = diagnose({ facts: { ...FACTS, mode: 'app' }, ending }, false);
    expect(findings.find(({ check }) => check === 'SIGTERM')?.verdict).toBe('problem');
  });

  it('is one problem if the process did not start, with the line that says why', () => {
    const output = 'node:internal\n\nTypeError: broken\n    at here\n\nNode.js v22';
    expect(diagnose({ failure: 'it ended', output }, false)).toMatchObject({
      healthy: false,
      counts: { problem: 1 },
      findings: [{ found: 'it ended: TypeError: broken' }],
    });
  });
});
