'use strict';
const assert = require('node:assert/strict');
const { registerSdk } = require('./sdk.cjs');

const TRACEPARENT = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

/** The producer, the consumer and each adapter on whatever SDK is installed, however they were loaded. */
exports.messageScenarios = ({ test, tracing, adapters }) => {
  const { kafka, pgBoss, amqplib, bullmq, nats, sqs } = adapters;
  const consumers = {
    kafka: [kafka.kafkaConsumer, { headers: { traceparent: Buffer.from(TRACEPARENT) } }],
    'pg-boss': [
      pgBoss.pgBossConsumer,
      { id: '1', name: 'q', data: { traceContext: { traceparent: TRACEPARENT } } },
    ],
    amqplib: [
      amqplib.amqpConsumer,
      { fields: { redelivered: false }, properties: { headers: { traceparent: TRACEPARENT } } },
    ],
    bullmq: [
      bullmq.bullConsumer,
      { id: '1', opts: { telemetry: { metadata: JSON.stringify({ traceparent: TRACEPARENT }) } } },
    ],
    nats: [
      nats.natsConsumer,
      { subject: 'q', headers: { get: (name) => (name === 'traceparent' ? TRACEPARENT : '') } },
    ],
    sqs: [sqs.sqsConsumer, { MessageAttributes: { traceparent: { StringValue: TRACEPARENT } } }],
  };

  for (const [broker, [consumer, message]] of Object.entries(consumers)) {
    test(`a message and a batch of ${broker} link to their producer`, async () => {
      const { ended, tracer } = registerSdk();
      const queue = consumer('q', { tracer });
      await queue.one(message, async () => undefined);
      await queue.batch([message, message], () => undefined);
      assert.deepEqual(
        ended.map(({ name }) => name),
        ['process q', 'process q'],
      );
      for (const { links } of ended) assert.equal(links[0].context.spanId, 'b'.repeat(16));
    });
  }

  test('what is sent carries the context of its span', () => {
    const { ended, tracer } = registerSdk();
    const carriers = tracing.sendMessages(
      { system: 'test', destination: 'q', tracer },
      [1, 2],
      (each) => each,
    );
    const created = ended.filter(({ name }) => name === 'create q');
    assert.deepEqual(
      carriers.map(({ traceparent }) => traceparent.split('-')[2]),
      created.map((span) => span.spanContext().spanId),
    );
    const one = tracing.sendMessage({ system: 'test', destination: 'q', tracer }, (carrier) => carrier);
    assert.equal(one.traceparent.split('-')[2], ended.at(-1).spanContext().spanId);
  });
};
