import type { SpanSummary } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { partsOf } from './fan-in-parts.ts';

const span = (spanId: string, name: string, parentSpanId: string | null): SpanSummary => ({
  traceId: 'a'.repeat(32),
  spanId,
  parentSpanId,
  service: 'orders-batch',
  name,
  kind: 'internal',
  status: 'unset',
  startTime: '1763800000000000000',
  durationNs: 1,
  linkCount: 128,
  droppedLinksCount: 0,
  backlinkCount: 0,
  message: null,
});
const whole = span('w', 'process-batch', null);
const parts = [span('p10', 'process-batch part 10/10', 'w'), span('p2', 'process-batch part 2/10', 'w')];
const spans = [whole, ...parts, span('r', 'reconcile-order', 'w'), span('o', 'other part 2/2', 'x')];

describe('the parts of a fan-in', () => {
  it('are found from the whole and from any part, in their order', () => {
    expect(partsOf(whole, spans).map(({ spanId }) => spanId)).toEqual(['w', 'p2', 'p10']);
    expect(partsOf(parts[0]!, spans).map(({ spanId }) => spanId)).toEqual(['w', 'p2', 'p10']);
  });

  it('are unknown while the whole has not been received', () => {
    expect(partsOf(parts[0]!, parts)).toEqual([]);
  });
});
