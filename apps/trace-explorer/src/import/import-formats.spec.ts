import { describe, expect, it } from 'vitest';
import { DEFAULT_ELEMENT_LIMITS } from '@span-links/otlp';
import { readElement } from './import-formats.ts';

const element = (list: 'resourceSpans' | 'batches' | 'data', value: unknown) =>
  readElement(
    { list, json: Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)) },
    DEFAULT_ELEMENT_LIMITS,
  );
const spansOf = (list: 'resourceSpans' | 'batches' | 'data', value: unknown) =>
  element(list, value).resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN = '00f067aa0ba902b7';
const base64 = (hex: string) => Buffer.from(hex, 'hex').toString('base64');

describe("Tempo's batches", () => {
  it('have ids as base64, names for kinds and statuses, and old names for scopes', () => {
    const span = {
      traceId: base64(TRACE),
      spanId: base64(SPAN),
      parentSpanId: base64('1'.repeat(16)),
      name: 'work',
      kind: 'SPAN_KIND_CONSUMER',
      startTimeUnixNano: '1795377194750000001',
      endTimeUnixNano: 1_795_377_194_750_000_002n.toString(),
      status: { code: 'STATUS_CODE_ERROR', message: 'no stock' },
      links: [{ traceId: base64(TRACE), spanId: base64(SPAN) }],
    };
    const instrumentationLibrarySpans = [{ instrumentationLibrary: { name: 'old' }, spans: [span] }];
    const { resourceSpans } = element('batches', { instrumentationLibrarySpans });
    expect(resourceSpans[0]?.scopeSpans[0]?.scope.name).toBe('old');
    expect(resourceSpans[0]?.scopeSpans[0]?.spans).toMatchObject([
      {
        traceId: TRACE,
        spanId: SPAN,
        parentSpanId: '1'.repeat(16),
        kind: 5,
        startTimeUnixNano: 1_795_377_194_750_000_001n,
        status: { code: 2, message: 'no stock' },
        links: [{ traceId: TRACE, spanId: SPAN }],
      },
    ]);
  });

  it('keep hex ids and numbers as they are', () => {
    const span = { traceId: TRACE, spanId: SPAN, kind: 3, startTimeUnixNano: '1', endTimeUnixNano: '2' };
    expect(spansOf('resourceSpans', { scopeSpans: [{ spans: [span] }] })).toMatchObject([
      { traceId: TRACE, kind: 3 },
    ]);
  });

  it('report the unreadable field', () => {
    const spans = [{ traceId: TRACE, spanId: SPAN, kind: 'SPAN_KIND_SIDEWAYS' }];
    expect(() => element('batches', { scopeSpans: [{ spans }] })).toThrow(
      '$.resourceSpans[0].scopeSpans[0].spans[0].kind',
    );
  });
});

describe("Jaeger's data", () => {
  const base = {
    traceID: 'ab12',
    spanID: '1',
    operationName: 'work',
    startTime: 1_795_377_194_750_123,
    duration: 5,
    processID: 'p1',
  };
  const processes = {
    p1: { serviceName: 'api', tags: [{ key: 'host.name', type: 'string', value: 'h1' }] },
  };
  const spanOf = (more: object) =>
    spansOf('data', { traceID: 'ab12', processes, spans: [{ ...base, ...more }] })[0];

  it('has times in ns, ids of full length, and the process as resource', () => {
    const { resourceSpans } = element('data', { traceID: 'ab12', spans: [base], processes });
    expect(resourceSpans[0]?.resource.attributes).toEqual([
      { key: 'service.name', value: 'api' },
      { key: 'host.name', value: 'h1' },
    ]);
    expect(spanOf({})).toMatchObject({
      traceId: 'ab12'.padStart(32, '0'),
      spanId: '1'.padStart(16, '0'),
      parentSpanId: undefined,
      startTimeUnixNano: 1_795_377_194_750_123_000n,
      endTimeUnixNano: 1_795_377_194_750_128_000n,
    });
  });

  it('has fields for tags that were fields, and typed attributes for the others', () => {
    const tags = [
      { key: 'span.kind', type: 'string', value: 'server' },
      { key: 'otel.status_code', type: 'string', value: 'ERROR' },
      { key: 'error', type: 'bool', value: true },
      { key: 'otel.status_description', type: 'string', value: 'no stock' },
      { key: 'w3c.tracestate', type: 'string', value: 'vendor=1' },
      { key: 'otel.dropped_links_count', type: 'int64', value: 72 },
      { key: 'n', type: 'int64', value: 42 },
      { key: 'big', type: 'int64', value: '9223372036854775807' },
      { key: 'half', type: 'float64', value: 0.5 },
      { key: 'bytes', type: 'binary', value: 'AQI=' },
      { key: 'span.kind', type: 'string', value: 'unheard-of' },
    ];
    expect(spanOf({ tags })).toMatchObject({
      kind: 2,
      status: { code: 2, message: 'no stock' },
      traceState: 'vendor=1',
      droppedLinksCount: 72,
      attributes: [
        { key: 'n', value: 42n },
        { key: 'big', value: 9_223_372_036_854_775_807n },
        { key: 'half', value: 0.5 },
        { key: 'bytes', value: Uint8Array.of(1, 2) },
        { key: 'span.kind', value: 'unheard-of' },
      ],
    });
    expect(spanOf({ tags: [{ key: 'error', type: 'bool', value: true }] })).toMatchObject({
      status: { code: 2 },
      attributes: [],
    });
  });

  it('has the first CHILD_OF within the trace as parent, and the other references as links', () => {
    const references = [
      { refType: 'FOLLOWS_FROM', traceID: 'cc', spanID: '7' },
      { refType: 'CHILD_OF', traceID: 'cc', spanID: '8' },
      { refType: 'CHILD_OF', traceID: 'ab12', spanID: '9' },
    ];
    expect(spanOf({ references })).toMatchObject({
      parentSpanId: '9'.padStart(16, '0'),
      links: [
        { traceId: 'cc'.padStart(32, '0'), spanId: '7'.padStart(16, '0'), attributes: [] },
        { attributes: [{ key: 'opentracing.ref_type', value: 'child_of' }] },
      ],
    });
  });

  it('has events for logs', () => {
    const fields = [
      { key: 'event', type: 'string', value: 'exception' },
      { key: 'exception.type', type: 'string', value: 'Error' },
    ];
    expect(spanOf({ logs: [{ timestamp: 1_795_377_194_750_124, fields }] })).toMatchObject({
      events: [
        {
          name: 'exception',
          timeUnixNano: 1_795_377_194_750_124_000n,
          attributes: [{ key: 'exception.type', value: 'Error' }],
        },
      ],
    });
  });

  it.each([
    [{ spans: [{ ...base, spanID: 'zz' }] }, 'spans.0.spanID'],
    [{ spans: [{ ...base, startTime: 'soon' }] }, 'spans.0.startTime'],
    [{ spans: [{ ...base, traceID: undefined }] }, 'has no traceID'],
    [{}, 'spans'],
    ['{"spans":', 'JSON'],
  ])('reports the error in %j', (value, message) => {
    expect(() => element('data', value)).toThrow(message);
  });
});
