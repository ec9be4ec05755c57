import type { LinkCompleteness, SpanSummary } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { completenessText } from './completeness.ts';

const span: SpanSummary = {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  parentSpanId: null,
  service: 'orders-batch',
  name: 'process-batch',
  kind: 'consumer',
  status: 'ok',
  startTime: '1763800000000000000',
  durationNs: 1e6,
  linkCount: 0,
  droppedLinksCount: 0,
  backlinkCount: 0,
  message: null,
};
const withSize = { ...span, attributes: [{ key: 'batch.size', type: 'int', value: '39' }] } as SpanSummary;
const of = (given: Partial<LinkCompleteness>): LinkCompleteness => ({
  kept: 39,
  dropped: 0,
  expected: 39,
  missing: 0,
  keptOverParts: given.kept ?? 39,
  parts: 1,
  verdict: 'complete',
  ...given,
});

describe("the completeness of a span's links, in words", () => {
  it('says that they match the size of the batch', () => {
    expect(completenessText(of({}), withSize)).toEqual({
      tone: 'ok',
      headline: '39 links, matches batch.size = 39',
      more: null,
    });
    expect(completenessText(of({}), span)?.headline).toBe('39 links, matches the size of the batch = 39');
  });

  it('explains fewer links than sources where sources share a link', () => {
    expect(completenessText(of({ kept: 5, expected: 8 }), span)?.headline).toMatch(/^5 links for 8 sources/);
  });

  it('offers the fix for dropped links, with the limit that would have kept them', () => {
    const text = completenessText(of({ kept: 128, dropped: 72, expected: 200, verdict: 'dropped' }), span);
    expect(text?.tone).toBe('warn');
    expect(text?.headline).toBe('128 of 200 kept, 72 dropped by the SDK’s limit');
    expect(text?.more).toContain('OTEL_SPAN_LINK_COUNT_LIMIT to 200 or more');
    expect(text?.more).toContain('startFanIn of @span-links/tracing');
  });

  it('does not blame this span for links that another part lost', () => {
    const text = completenessText(
      of({ kept: 128, keptOverParts: 256, parts: 3, dropped: 0, expected: 300, verdict: 'dropped' }),
      span,
    );
    expect(text?.headline).toMatch(/^256 kept, a span that shares them/);
  });

  it('says how many spans share the links of a split fan-in', () => {
    const text = completenessText(of({ kept: 128, keptOverParts: 300, parts: 3, expected: 300 }), span);
    expect(text).toMatchObject({
      tone: 'ok',
      more: 'This span bears 128 of 300 links, 3 spans share them.',
    });
  });

  it('explains sources without a link target', () => {
    const text = completenessText(of({ kept: 36, missing: 3, verdict: 'missing_sources' }), withSize);
    expect(text?.headline).toBe('36 links for 39 sources, 3 had nothing to link to');
    expect(text?.more).toContain('spanlinks.links.missing');
  });

  it('says if it does not know', () => {
    expect(completenessText(of({ kept: 30, verdict: 'short' }), withSize)).toMatchObject({
      tone: 'warn',
      headline: '30 links, but batch.size = 39',
    });
    expect(completenessText(of({ expected: null, verdict: 'unknown' }), span)).toBeNull();
  });
});
