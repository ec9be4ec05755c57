/*
 * The parts of the SDK's span pipeline that this library uses, copied so that its types do not depend on the SDK 2.x
 * (sdk-trace-base) or the 3.x (sdk-trace). Spans, exporters and processors of both fit.
 */
import type { Attributes, Context, Link, SpanContext } from '@opentelemetry/api';

/** The part of an ended span that is read here. Exporters get the whole span. */
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
  /** Spans in a successful answer that the backend has finally refused. */
  readonly rejected?: number;
}

export interface EndedSpanExporter {
  export(spans: EndedSpan[], done: (result: ExportResult) => void): void;
  shutdown(): Promise<void>;
  /** Called when the queue closes, before its last exports: no more retries. */
  finishUp?(): void;
}

export interface EndedSpanProcessor {
  onStart(span: unknown, parent: Context): void;
  onEnd(span: EndedSpan): void;
  forceFlush(): Promise<void>;
  shutdown(): Promise<void>;
}
