import { context, trace, type Tracer } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { vi } from 'vitest';

/** The spans that ended since the last `reset()`, recorded by an SDK that is registered globally for one spec file. */
export interface RecordedSpans {
  readonly tracer: Tracer;
  all(): ReadableSpan[];
  named(name: string): ReadableSpan[];
  /** The one span of this name, as soon as it has ended. */
  ended(name: string): Promise<ReadableSpan>;
  reset(): void;
  unregister(): void;
}

export function recordSpans(): RecordedSpans {
  const exporter = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
  trace.setGlobalTracerProvider(provider);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  const named = (name: string) => exporter.getFinishedSpans().filter((span) => span.name === name);
  return {
    tracer: provider.getTracer('test'),
    all: () => exporter.getFinishedSpans(),
    named,
    ended: (name) =>
      vi.waitFor(
        () => {
          const [span, ...others] = named(name);
          if (!span || others.length > 0) throw new Error(`${others.length + (span ? 1 : 0)} spans ${name}`);
          return span;
        },
        { timeout: 5_000, interval: 10 },
      ),
    reset: () => exporter.reset(),
    unregister: () => {
      trace.disable();
      context.disable();
    },
  };
}
