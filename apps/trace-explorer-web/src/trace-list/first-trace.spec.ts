import { describe, expect, it } from 'vitest';
import { firstTraceAdvice } from './first-trace.ts';

const ORIGIN = 'http://127.0.0.1:4318';
const advice = firstTraceAdvice(ORIGIN, 1_763_800_000_000);
const recipes = advice[0]!.recipes;

describe('the steps to a first trace', () => {
  it('name the exact settings of any SDK', () => {
    expect(recipes[0]?.text.split('\n')).toEqual([
      'export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318',
      'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
      'export OTEL_SERVICE_NAME=my-service',
    ]);
  });

  it('name the address for every language, and the protocol for those whose exporter uses gRPC without it', () => {
    expect(advice.map(({ language }) => language)).toEqual([
      'Any language',
      'Node.js',
      'Python',
      'Java',
      'Go',
      '.NET',
    ]);
    for (const { language, recipes: own } of advice) {
      expect(own[0]?.text).toContain(`OTEL_EXPORTER_OTLP_ENDPOINT=${ORIGIN}`);
      const isNamed = own[0]?.text.includes('OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf');
      expect([language, isNamed]).toEqual([language, !['Java', 'Go'].includes(language)]);
    }
  });

  it('have a line whose body is a span with valid ids and times', () => {
    const [, body = ''] = /-d '(.*)'$/.exec(recipes.at(-1)!.text) ?? [];
    const parsed = JSON.parse(body) as {
      resourceSpans: { scopeSpans: { spans: Record<string, string>[] }[] }[];
    };
    const span = parsed.resourceSpans[0]?.scopeSpans[0]?.spans[0];
    expect(span?.['traceId']).toMatch(/^[0-9a-f]{32}$/);
    expect(span?.['spanId']).toMatch(/^[0-9a-f]{16}$/);
    expect(BigInt(span!['endTimeUnixNano']!) - BigInt(span!['startTimeUnixNano']!)).toBe(120_000_000n);
  });
});
