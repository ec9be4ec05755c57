import assert from 'node:assert/strict';
import { after, beforeEach, test } from 'node:test';
import { inSpan, startFanIn } from '@span-links/tracing';
import { recordSpans, spanLinkMatchers } from '@span-links/tracing/testing';
import { expect } from 'expect';

const spans = recordSpans({ beforeEach, afterAll: after });
expect.extend(spanLinkMatchers);

test('spans are recorded without set-up, and matched with the expect of one’s choice', () => {
  const source = inSpan(spans.tracer, 'receive-order', {}, (span) => span.spanContext());
  startFanIn(spans.tracer, 'process-batch', [{ carrier: `00-${source.traceId}-${source.spanId}-01` }]).end();
  expect(spans.only('process-batch')).toLinkTo(source, { relation: 'origin' });
  assert.throws(() => expect(spans.only('receive-order')).toLinkTo(source));
});
