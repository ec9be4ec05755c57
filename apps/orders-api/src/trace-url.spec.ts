import { describe, expect, it } from 'vitest';
import { traceUrlOf } from './trace-url.ts';

const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' };

describe('the address of a trace', () => {
  it.each([
    ['explorer', `http://127.0.0.1:4318/trace/${span.traceId}?spanId=${span.spanId}`],
    ['signoz', `http://127.0.0.1:8080/trace/${span.traceId}?spanId=${span.spanId}`],
    ['jaeger', `http://127.0.0.1:16686/trace/${span.traceId}?uiFind=${span.spanId}`],
  ])('is known for %s', (name, url) => {
    expect(traceUrlOf(name)?.(span)).toBe(url);
  });

  it('opens the trace at the span in Grafana with Tempo', () => {
    const url = new URL(traceUrlOf('grafana')?.(span) ?? '');
    expect(url.pathname).toBe('/explore');
    const [pane] = Object.values(
      JSON.parse(url.searchParams.get('panes') ?? '') as Record<
        string,
        { queries: { query: string }[]; panelsState: unknown }
      >,
    );
    expect(pane?.queries[0]?.query).toBe(span.traceId);
    expect(pane?.panelsState).toEqual({ trace: { spanId: span.spanId } });
  });

  it('leads to a viewer elsewhere, also under a path', () => {
    expect(traceUrlOf('jaeger', 'https://traces.example/jaeger/')?.(span)).toBe(
      `https://traces.example/jaeger/trace/${span.traceId}?uiFind=${span.spanId}`,
    );
  });

  it('may be of any shape that names the trace', () => {
    expect(traceUrlOf('https://apm.example/t/{traceId}#{spanId}')?.(span)).toBe(
      `https://apm.example/t/${span.traceId}#${span.spanId}`,
    );
  });

  it.each(['zipkin', 'https://apm.example/', 'javascript:{traceId}', '{traceId}', 'toString'])(
    'is not made of %s',
    (template) => {
      expect(traceUrlOf(template)).toBeUndefined();
    },
  );

  it('is not made of a base that is no address', () => {
    expect(traceUrlOf('jaeger', 'traces.example')).toBeUndefined();
  });
});
