import { describe, expect, it } from 'vitest';
import { jaegerDependencyRange, jaegerSearch, jaegerTraceId } from './jaeger-query.ts';

const NOW_MS = 1_795_377_194_750;
const NOW_NS = BigInt(NOW_MS) * 1_000_000n;
const termsOf = (parameters: Record<string, unknown>) =>
  jaegerSearch({ service: 'api', ...parameters }, NOW_MS).query.terms.slice(1);

describe('a Jaeger search', () => {
  it('asks for a service, an operation and a range of durations in one span', () => {
    const { query } = jaegerSearch(
      { service: 'api', operation: 'GET /', minDuration: '1.5ms', maxDuration: '1h30m' },
      NOW_MS,
    );
    expect(query.terms).toMatchObject([
      { field: 'service', operator: '=', values: ['api'] },
      { field: 'name', operator: '=', values: ['GET /'] },
      { field: 'duration', operator: '>=', valueNs: 1_500_000 },
      { field: 'duration', operator: '<=', valueNs: 5_400e9 },
    ]);
  });

  it("turns Jaeger's tags for fields back into fields, and takes others as tags of any place", () => {
    const tags = {
      error: 'true',
      'otel.status_code': 'OK',
      'span.kind': 'server',
      'http.status_code': '200',
    };
    const { query, tags: others } = jaegerSearch({ service: 'api', tags: JSON.stringify(tags) }, NOW_MS);
    expect(others).toEqual([{ key: 'http.status_code', value: '200' }]);
    expect(query.terms.slice(1)).toMatchObject([
      { field: 'status', operator: '=', values: ['error'] },
      { field: 'status', operator: '=', values: ['ok'] },
      { field: 'kind', operator: '=', values: ['server'] },
    ]);
    const single = jaegerSearch(
      { service: 'api', tag: ['url:http://x', 'error:false', 'error:maybe'] },
      NOW_MS,
    );
    expect(single.tags).toEqual([
      { key: 'url', value: 'http://x' },
      { key: 'error', value: 'maybe' },
    ]);
    expect(single.query.terms.slice(1)).toMatchObject([
      { field: 'status', operator: '!=', values: ['error'] },
    ]);
  });

  it('asks for a kind of span in any case', () => {
    expect(termsOf({ spanKind: 'SERVER' })).toMatchObject([
      { field: 'kind', operator: '=', values: ['server'] },
    ]);
  });

  it('takes times in µs, or looks back from the end, by two days by default', () => {
    expect(jaegerSearch({ service: 'a', start: '5', end: '9' }, NOW_MS)).toMatchObject({
      fromNs: 5_000n,
      toNs: 9_000n,
    });
    const hour = jaegerSearch({ service: 'a', lookback: '1h' }, NOW_MS);
    expect([hour.fromNs, hour.toNs]).toEqual([NOW_NS - 3_600_000_000_000n, NOW_NS]);
    expect(jaegerSearch({ service: 'a', lookback: 'custom' }, NOW_MS).fromNs).toBe(
      NOW_NS - 172_800_000_000_000n,
    );
  });

  it('returns 100 traces by default, and never more than 500', () => {
    const limitOf = (limit?: string) => jaegerSearch({ service: 'a', ...(limit && { limit }) }, NOW_MS).limit;
    expect([limitOf(), limitOf('20'), limitOf('9999'), limitOf('0')]).toEqual([100, 20, 500, 1]);
  });

  it.each([
    [{}, "parameter 'service' is required"],
    [{ service: 'a', minDuration: '10' }, 'minDuration'],
    [{ service: 'a', minDuration: 'ms' }, 'minDuration'],
    [{ service: 'a', start: 'now' }, 'start'],
    [{ service: 'a', tags: '{"a":1}' }, 'tags'],
    [{ service: 'a', tag: 'nothing' }, 'tag'],
    [{ service: 'a', spanKind: 'sideways' }, 'unsupported span kind'],
    [
      { service: 'a', minDuration: '25s', maxDuration: '1s' },
      "'maxDuration' should be greater than 'minDuration'",
    ],
    [{ traceID: 'xyz' }, 'trace ID'],
  ])('is refused for %j', (parameters, message) => {
    expect(() => jaegerSearch(parameters, NOW_MS)).toThrow(message);
  });
});

it('a trace ID without its leading zeros still finds the trace', () => {
  expect(jaegerTraceId('AB12')).toBe('ab12'.padStart(32, '0'));
});

it('dependencies are requested in ms, by default for the last day', () => {
  expect(jaegerDependencyRange({}, NOW_MS)).toEqual({
    fromNs: NOW_NS - 86_400_000_000_000n,
    toNs: NOW_NS,
    service: undefined,
  });
  expect(jaegerDependencyRange({ endTs: '10', lookback: '4' }, NOW_MS)).toMatchObject({
    fromNs: 6_000_000n,
    toNs: 10_000_000n,
  });
});
