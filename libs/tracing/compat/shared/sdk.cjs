'use strict';
const { context, trace } = require('@opentelemetry/api');
const { AsyncLocalStorageContextManager } = require('@opentelemetry/context-async-hooks');

// The 3.x SDK has the classes of the 2.x one under another package and, for the provider, another name.
const sdk = load('@opentelemetry/sdk-trace-base') ?? load('@opentelemetry/sdk-trace');
const TracerProvider = sdk.BasicTracerProvider ?? sdk.TracerProvider;

function load(name) {
  try {
    return require(name);
  } catch {
    return undefined;
  }
}

let registered = false;

/** Registers the installed SDK for this process; `ended` fills with its spans. */
function registerSdk(options = {}) {
  const ended = [];
  const recorder = {
    onStart() {},
    onEnd: (span) => ended.push(span),
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const provider = new TracerProvider({ ...options, spanProcessors: [recorder] });
  // Not before the first: tracers that were made while loading are bound to what is registered first.
  if (registered) {
    trace.disable();
    context.disable();
  }
  registered = true;
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  return { ended, tracer: trace.getTracer('compat') };
}

module.exports = { registerSdk, sdk, TracerProvider };
