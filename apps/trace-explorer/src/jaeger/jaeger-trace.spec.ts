import type { Attribute } from '@span-links/explorer-api';
import type { FullSpan } from '@span-links/trace-store';
import { expect, it } from 'vitest';
import { jaegerTrace } from './jaeger-trace.ts';

const TRACE = 'a'.repeat(32);

function span(more: Partial<FullSpan> = {}): FullSpan {
  return {
    traceId: TRACE,
    spanId: '1'.repeat(16),
    parentSpanId: null,
    service: 'api',
    name: 'work',
    kind: 'unspecified',
    status: 'unset',
    startTime: '1795377194750123456',
    durationNs: 1_999,
    endTime: '1795377194750125455',
    linkCount: 0,
    droppedLinksCount: 0,
    backlinkCount: 0,
    message: null,
    statusMessage: '',
    traceState: '',
    flags: 0x301,
    attributes: [],
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    resource: { attributes: [], droppedAttributesCount: 0, schemaUrl: '' },
    scope: { name: '', version: '', attributes: [], droppedAttributesCount: 0, schemaUrl: '' },
    receivedAt: 0,
    links: [],
    ...more,
  };
}

const first = (more: Partial<FullSpan>) => jaegerTrace({ traceId: TRACE, spans: [span(more)] }).spans[0]!;

it('times are in whole µs and flags are those of W3C', () => {
  expect(first({})).toMatchObject({
    startTime: 1_795_377_194_750_123,
    duration: 1,
    flags: 1,
    warnings: null,
  });
});

it('values keep their type, and numbers that JSON cannot hold become text', () => {
  const attributes: Attribute[] = [
    { key: 's', type: 'string', value: 'x' },
    { key: 'b', type: 'bool', value: false },
    { key: 'i', type: 'int', value: '42' },
    { key: 'I', type: 'int', value: '9223372036854775807' },
    { key: 'd', type: 'double', value: 'NaN' },
    { key: 'y', type: 'bytes', value: 'AQI=' },
    {
      key: 'a',
      type: 'array',
      value: [
        { type: 'int', value: '1' },
        { type: 'map', value: [{ key: 'k', type: 'empty' }] },
      ],
    },
    { key: 'e', type: 'empty' },
  ];
  expect(first({ attributes }).tags).toEqual([
    { key: 's', type: 'string', value: 'x' },
    { key: 'b', type: 'bool', value: false },
    { key: 'i', type: 'int64', value: 42 },
    { key: 'I', type: 'int64', value: '9223372036854775807' },
    { key: 'd', type: 'float64', value: 'NaN' },
    { key: 'y', type: 'binary', value: 'AQI=' },
    { key: 'a', type: 'string', value: '[1,{"k":null}]' },
    { key: 'e', type: 'string', value: '' },
  ]);
});

it('the parent is the first reference, links follow, and links without a valid span are left out', () => {
  const link = { index: 0, traceState: '', flags: 0, droppedAttributesCount: 0, attributes: [] };
  const childOf: Attribute[] = [{ key: 'opentracing.ref_type', type: 'string', value: 'child_of' }];
  const links = [
    { ...link, traceId: 'b'.repeat(32), spanId: '2'.repeat(16) },
    { ...link, traceId: '0'.repeat(32), spanId: '2'.repeat(16) },
    { ...link, traceId: 'b'.repeat(30), spanId: '2'.repeat(16) },
    { ...link, traceId: 'c'.repeat(32), spanId: '3'.repeat(16), attributes: childOf },
  ];
  expect(first({ parentSpanId: '9'.repeat(16), links }).references).toEqual([
    { refType: 'CHILD_OF', traceID: TRACE, spanID: '9'.repeat(16) },
    { refType: 'FOLLOWS_FROM', traceID: 'b'.repeat(32), spanID: '2'.repeat(16) },
    { refType: 'CHILD_OF', traceID: 'c'.repeat(32), spanID: '3'.repeat(16) },
  ]);
});

it('a link to the parent only shows as the parent', () => {
  const link = { index: 0, traceState: '', flags: 0, droppedAttributesCount: 0, attributes: [] };
  const parent = span({ spanId: '9'.repeat(16) });
  const child = span({
    parentSpanId: parent.spanId,
    links: [{ ...link, traceId: TRACE, spanId: parent.spanId }],
  });
  expect(jaegerTrace({ traceId: TRACE, spans: [parent, child] }).spans[1]).toMatchObject({
    references: [{ refType: 'CHILD_OF', traceID: TRACE, spanID: parent.spanId }],
    warnings: null,
  });
});

it('a root that links into its own trace stays the root, and a warning names the link', () => {
  const link = { index: 0, traceState: '', flags: 0, droppedAttributesCount: 0, attributes: [] };
  const child = span({ spanId: '2'.repeat(16), parentSpanId: '1'.repeat(16) });
  const elsewhere = { ...link, traceId: 'b'.repeat(32), spanId: '3'.repeat(16) };
  const links = [{ ...link, traceId: TRACE, spanId: child.spanId }, elsewhere];
  const { spans } = jaegerTrace({ traceId: TRACE, spans: [span({ links }), child] });
  expect(spans[0]).toMatchObject({
    references: [{ refType: 'FOLLOWS_FROM', traceID: elsewhere.traceId, spanID: elsewhere.spanId }],
    warnings: [`This span links to span ${child.spanId} of this trace.`],
  });
  expect(spans[1]?.references).toHaveLength(1);
});

it('a span with a missing parent, and one that is its own parent, do not become children by a link', () => {
  const link = { index: 0, traceState: '', flags: 0, droppedAttributesCount: 0, attributes: [] };
  const links = [{ ...link, traceId: TRACE, spanId: '2'.repeat(16) }];
  const child = span({ spanId: '2'.repeat(16), parentSpanId: '1'.repeat(16) });
  for (const parentSpanId of ['9'.repeat(16), '1'.repeat(16)]) {
    const { spans } = jaegerTrace({ traceId: TRACE, spans: [span({ parentSpanId, links }), child] });
    expect(spans[0]?.references).toEqual([{ refType: 'CHILD_OF', traceID: TRACE, spanID: parentSpanId }]);
  }
});

it('a trace whose answer only has its first spans says so, also on its first span', () => {
  const trace = jaegerTrace({ traceId: TRACE, spans: [span(), span({ spanId: '2'.repeat(16) })] }, 50_000);
  const warning = 'This trace has 50000 spans; the answer holds the first 2.';
  expect(trace.warnings).toEqual([warning]);
  expect(trace.spans.map(({ warnings }) => warnings)).toEqual([[warning], null]);
});

it('an end before the start is a warning', () => {
  expect(first({ durationNs: 0, endTime: '1795377189750123456' }).warnings).toEqual([
    'The end of this span was sent as 5000000000 ns before its start.',
  ]);
});

it('dropped links are a warning, because a reader would otherwise consider the list complete', () => {
  expect(first({ droppedLinksCount: 72 })).toMatchObject({
    warnings: ['The SDK dropped 72 links of this span.'],
    tags: [{ key: 'otel.dropped_links_count', type: 'int64', value: 72 }],
  });
});

it('a resource is written once for any number of spans', () => {
  const resource = (id: string) => ({
    attributes: [
      { key: 'service.name', type: 'string' as const, value: 'api' },
      { key: 'service.instance.id', type: 'string' as const, value: id },
    ],
    droppedAttributesCount: 0,
    schemaUrl: '',
  });
  const spans = ['x', 'y', 'x'].map((id) => span({ resource: resource(id) }));
  const trace = jaegerTrace({ traceId: TRACE, spans });
  expect(trace.spans.map(({ processID }) => processID)).toEqual(['p1', 'p2', 'p1']);
  expect(trace.processes).toEqual({
    p1: { serviceName: 'api', tags: [{ key: 'service.instance.id', type: 'string', value: 'x' }] },
    p2: { serviceName: 'api', tags: [{ key: 'service.instance.id', type: 'string', value: 'y' }] },
  });
});
