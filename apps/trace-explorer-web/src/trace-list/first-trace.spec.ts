import { describe, expect, it } from 'vitest';
import { firstTraceRecipes } from './first-trace.ts';

const ORIGIN = 'http://127.0.0.1:4318';
const recipes = firstTraceRecipes(ORIGIN, 1_763_800_000_000);

describe('the way to a first trace', () => {
  it('names the exact settings of any SDK', () => {
    expect(recipes[0]?.text.split('\n')).toEqual([
      'export OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:4318',
      'export OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf',
      'export OTEL_SERVICE_NAME=my-service',
    ]);
  });

  it('has a line whose body is a span with valid ids and times', () => {
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
