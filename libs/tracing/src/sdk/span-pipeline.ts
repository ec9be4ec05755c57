/*
 * The parts of the SDK's span pipeline that this library touches, written down so that its types depend neither on the
 * SDK 2.x (sdk-trace-base) nor on the 3.x (sdk-trace). Spans, exporters and processors of both fit.
 */
import type { Attributes, Context, Link, SpanContext } from '@opentelemetry/api';

/** An ended span, as far as it is looked at here. Exporters get the whole. */
export interface EndedSpan {
  readonly name: string;
  readonly parentSpanContext?: SpanContext;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  readonly events: readonly { readonly name: string; readonly attributes?: Attributes }[];
  readonly resource: {
    readonly asyncAttributesPending?: boolean;
    waitForAsyncAttributes?(): Promise<void>;
  };
  spanContext(): SpanContext;
}

/** `code` 0 is a success. */
export interface ExportResult {
  readonly code: number;
  readonly error?: Error;
  /** Spans of a success that the backend has refused for good. */
  readonly rejected?: number;
}

export interface EndedSpanExporter {
  export(spans: EndedSpan[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
  /** Called when the queue closes, before its last exports: no more patience with failures. */
  finishUp?(): void;
}

export interface EndedSpanProcessor {
  onStart(span: unknown, parent: Context): void;
  onEnd(span: EndedSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}
