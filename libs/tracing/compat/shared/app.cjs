'use strict';

/** An application: three orders come in, a batch handles them. */
exports.runApp = ({ trace, tracing }) => {
  const tracer = trace.getTracer('app');
  const sources = [1, 2, 3].map(() => ({
    carrier: tracing.inSpan(tracer, 'receive-order', {}, () => tracing.captureTraceContext()),
  }));
  tracing.startFanIn(tracer, 'process-batch', sources).end();
};
