import { describe, expect, it } from 'vitest';
import { decodeTracesJson } from './decode-traces-json.ts';
import { judgeSpan, type SpanVerdict } from './judge-span.ts';

const TRACE_ID = '5b8efff798038103d269b633813fc60c';
const SPAN_ID = 'eee19b7ec3c1b174';

function verdictOn(span: Record<string, unknown>): SpanVerdict {
  const sound = { traceId: TRACE_ID, spanId: SPAN_ID, startTimeUnixNano: '5', endTimeUnixNano: '5' };
  const json = JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [{ ...sound, ...span }] }] }] });
  return judgeSpan(decodeTracesJson(json).resourceSpans[0]!.scopeSpans[0]!.spans[0]!);
}

describe('judgeSpan', () => {
  it('finds nothing wrong with a root, a child and a span with links', () => {
    expect(verdictOn({})).toEqual({ verdict: 'sound', problems: [] });
    expect(
      verdictOn({ parentSpanId: SPAN_ID, links: [{ traceId: TRACE_ID, spanId: SPAN_ID }] }).verdict,
    ).toBe('sound');
  });

  it.each(['', '0'.repeat(32), '5b', `${TRACE_ID}00`, 'z'.repeat(32), 'W47/95gDgQPSabYzgT/GDA=='])(
    'calls a span with the trace ID %j unusable',
    (traceId) => {
      expect(verdictOn({ traceId })).toEqual({ verdict: 'unusable', problems: [{ kind: 'trace-id' }] });
    },
  );

  it.each(['', '0'.repeat(16), 'ee', TRACE_ID])('calls a span with the span ID %j unusable', (spanId) => {
    expect(verdictOn({ spanId })).toEqual({ verdict: 'unusable', problems: [{ kind: 'span-id' }] });
  });

  it('names all problems of a span that can be kept', () => {
    const sound = { traceId: TRACE_ID, spanId: SPAN_ID };
    const links = [sound, { ...sound, traceId: '0'.repeat(32) }, sound, { ...sound, spanId: 'zz' }];
    expect(verdictOn({ parentSpanId: '0'.repeat(16), endTimeUnixNano: '4', links })).toEqual({
      verdict: 'suspect',
      problems: [
        { kind: 'parent-span-id' },
        { kind: 'ends-before-start' },
        { kind: 'link', linkIndex: 1 },
        { kind: 'link', linkIndex: 3 },
      ],
    });
  });
});
