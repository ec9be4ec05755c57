import { context, trace, type Tracer } from '@opentelemetry/api';
import { LeanContextManager } from '../sdk/lean-context-manager.ts';
import type { SdkSpan } from './recorded-span.ts';
import { sdkProvider } from './sdk-provider.ts';
import { SpanRecorder } from './span-recorder.ts';

/** The hooks of the test runner, so that one line sets up a recording for a whole file. */
export interface RecordSpansOptions {
  /** Vitest's or Jest's: the recording is emptied before each test. */
  readonly beforeEach?: (reset: () => void) => unknown;
  /** Vitest's or Jest's: the recording stops after the last test. */
  readonly afterAll?: (stop: () => void) => unknown;
  /** Where to look for the SDK: `import.meta.url` or `__filename`. The working directory by default. */
  readonly from?: string;
}

const recordings = new Set<SpanRecorder>();
// A tracer that the application takes at the top of a module binds to the provider of its first span for good. So every
// provider made here leads to the recordings that exist at the time.
const relay = {
  onStart: (span: SdkSpan) => recordings.forEach((recording) => recording.onStart(span)),
  onEnd: (span: SdkSpan) => recordings.forEach((recording) => recording.onEnd(span)),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};
const contextManager = new LeanContextManager();
let contextManagerIsOurs = false;

/** A {@link SpanRecorder} with its own provider, registered for the whole process. See {@link recordSpans}. */
export class SpanRecording extends SpanRecorder {
  /** A tracer for the spans of the test itself. The code under test takes its own from the API, as usual. */
  readonly tracer: Tracer;

  constructor(from?: string) {
    super();
    if (recordings.size === 0) register(from);
    recordings.add(this);
    this.tracer = trace.getTracer('test');
  }

  /** Ends the recording. After the last one, the process has no provider again. The recorded spans stay. */
  stop(): void {
    if (!recordings.delete(this) || recordings.size > 0) return;
    trace.disable();
    if (contextManagerIsOurs) context.disable();
    contextManagerIsOurs = false;
  }
}

/**
 * Records every span that is made in this process, with the real SDK of the project under test: all sampled, links
 * limited by the default, and with async context.
 *
 * ```ts
 * const spans = recordSpans({ beforeEach, afterAll });
 * ```
 *
 * Test files run in separate processes or contexts and do not see each other. For tests that run at the same time in
 * one file see {@link SpanRecorder.during}; for your own provider, sampler or limits see {@link SpanRecorder}.
 *
 * @throws if the project has no OpenTelemetry SDK, or another provider is registered already.
 */
export function recordSpans(options: RecordSpansOptions = {}): SpanRecording {
  const recording = new SpanRecording(options.from);
  options.beforeEach?.(() => recording.reset());
  options.afterAll?.(() => recording.stop());
  return recording;
}

function register(from: string | undefined): void {
  if (!trace.setGlobalTracerProvider(sdkProvider(relay, from))) {
    throw new Error(
      'recordSpans() found a tracer provider registered already. Add a SpanRecorder to its spanProcessors instead.',
    );
  }
  contextManagerIsOurs = context.setGlobalContextManager(contextManager);
}
