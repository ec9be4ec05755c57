'use strict';
const assert = require('node:assert/strict');
const { registerSdk } = require('./sdk.cjs');

/** The column, as far as it goes without a database: what the entity metadata says, and what an entity is made with. */
exports.typeormScenarios = ({ test, typeorm, column, tracing }) => {
  test('an entity holds the context of the span that makes it', () => {
    class Order {
      traceContext = column.currentTraceContext();
    }
    column.TraceContextColumn({ name: 'trace_context' })(Order.prototype, 'traceContext');
    typeorm.Entity()(Order);
    const { columns } = typeorm.getMetadataArgsStorage();
    const { options } = columns.find(({ target }) => target === Order);
    assert.deepEqual(
      [options.name, options.type, options.nullable, options.update],
      ['trace_context', 'jsonb', true, false],
    );

    const { tracer } = registerSdk();
    const order = tracing.inSpan(tracer, 'receive-order', {}, (span) => {
      const made = new Order();
      assert.equal(made.traceContext.traceparent.split('-')[2], span.spanContext().spanId);
      return made;
    });
    assert.deepEqual(Object.keys(order.traceContext), ['traceparent']);
    assert.equal(new Order().traceContext, null);
  });
};
