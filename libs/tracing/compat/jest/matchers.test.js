const tracing = require('@span-links/tracing');
const { recordSpans } = require('@span-links/tracing/testing');

const spans = recordSpans({ beforeEach, afterAll });

test('a batch links to exactly its sources, over all of its parts', async () => {
  const sources = Array.from({ length: 200 }, () => ({
    carrier: tracing.inSpan(spans.tracer, 'receive-order', { root: true }, () =>
      tracing.captureTraceContext(),
    ),
  }));
  tracing.startFanIn(spans.tracer, 'process-batch', sources).end();
  const batch = await spans.ended('process-batch');
  expect(batch).toBeRootSpan();
  expect(spans.named(/^process-batch/)).toLinkToExactly(sources);
  expect(spans.named(/^process-batch/)).toHaveNoDroppedLinks();
});

test('a failure names the missing source', () => {
  const carrier = tracing.inSpan(spans.tracer, 'receive-order', {}, () => tracing.captureTraceContext());
  tracing.startFanIn(spans.tracer, 'process-batch', [{ carrier: null }]).end();
  expect(() => expect(spans.only('process-batch')).toLinkTo(carrier)).toThrow(/receive-order/);
});
