'use strict';
const assert = require('node:assert/strict');
const { context, trace } = require('@opentelemetry/api');
const { registerSdk, sdk } = require('./sdk.cjs');

/** The core and the sampler on whatever SDK is installed, however they were loaded. */
exports.coreScenarios = ({ test, tracing, sampler }) => {
  test('a batch of 300 links to each of its sources from exactly one span, and no link is dropped', () => {
    const { ended, tracer } = registerSdk();
    const carriers = Array.from({ length: 300 }, () =>
      tracing.inSpan(tracer, 'receive-order', { root: true }, () => tracing.captureTraceContext()),
    );
    const sources = [...carriers, 'garbage', null].map((carrier) => ({ carrier }));
    const batch = tracing.startFanIn(tracer, 'process-batch', sources);
    batch.end();
    const parts = ended.filter(({ name }) => name.startsWith('process-batch'));
    const linked = parts.flatMap(({ links }) => links.map((link) => link.context.spanId));
    assert.deepEqual(
      linked.toSorted(),
      carriers.map(({ traceparent }) => traceparent.split('-')[2]).toSorted(),
    );
    assert.equal(
      parts.reduce((sum, span) => sum + span.droppedLinksCount, 0),
      0,
    );
    assert.equal(batch.links.missingCount, 2);
  });

  test('branches of a fan-out lead back to their initiator, and the join to each of them', async () => {
    const { ended, tracer } = registerSdk();
    await tracing.inSpan(tracer, 'initiator', {}, async (initiator) => {
      const outcomes = await tracing.fanOut(tracer, [
        { name: 'good', run: async () => 1 },
        {
          name: 'bad',
          run: () => {
            throw new Error('no');
          },
        },
      ]);
      assert.deepEqual(
        outcomes.map(({ status }) => status),
        ['fulfilled', 'rejected'],
      );
      tracing.startJoin(tracer, 'join', outcomes).end();
      for (const name of ['good', 'bad']) {
        const branch = ended.find((span) => span.name === name);
        assert.equal(branch.links[0].context.spanId, initiator.spanContext().spanId);
        assert.notEqual(branch.spanContext().traceId, initiator.spanContext().traceId);
      }
    });
    assert.equal(ended.find(({ name }) => name === 'join').links.length, 2);
  });

  test('a message is handled in a trace of its own, across an await', async () => {
    const { ended, tracer } = registerSdk();
    const carrier = tracing.inSpan(tracer, 'produce', {}, () => tracing.captureTraceContext());
    const orders = tracing.messageConsumer({
      system: 'test',
      destination: 'orders',
      headers: (message) => message.headers,
      tracer,
    });
    await orders.one(
      { headers: { Traceparent: Buffer.from(carrier.traceparent) } },
      async (_message, span) => {
        await new Promise((resolve) => setTimeout(resolve, 5));
        assert.equal(trace.getSpan(context.active()), span);
      },
    );
    const handled = ended.find(({ name }) => name === 'process orders');
    assert.equal(handled.links.length, 1);
    assert.notEqual(handled.spanContext().traceId, carrier.traceparent.split('-')[1]);
  });

  test('the sampler keeps a root for its sampled source, in the SDK itself', () => {
    const never = { shouldSample: () => ({ decision: 0 }), toString: () => 'never' };
    const { ended, tracer } = registerSdk({
      sampler: new sdk.ParentBasedSampler({ root: new sampler.LinkSampler({ fallback: never }) }),
    });
    const source = (flags) => ({ carrier: `00-${'a'.repeat(32)}-${'b'.repeat(15)}${flags}-0${flags}` });
    tracing.startFanIn(tracer, 'followed', [source(0), source(1)])?.end();
    tracing.startFanIn(tracer, 'left', [source(0)])?.end();
    assert.deepEqual(
      ended.map(({ name }) => name),
      ['followed'],
    );
  });
};
