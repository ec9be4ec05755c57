import {
  type ElementKind,
  type ElementLimits,
  ElementTally,
  LOGS_REQUEST,
  METRICS_REQUEST,
  TRACES_REQUEST,
} from './element-limits.ts';
import { JsonScan } from './json-scan.ts';
import type { OtlpEncoding, Signal } from './otlp-signal.ts';
import { ProtobufScan } from './protobuf-scan.ts';

/**
 * Reads a message while its bytes arrive, before anything is made of it. It counts the elements and
 * checks the format. For signals that are not kept, this is the only reading.
 */
export interface MessageScan {
  /** @throws TooManyElements or OtlpDecodeError */
  push(chunk: Uint8Array): void;
  /** @throws OtlpDecodeError if the message is incomplete */
  end(): void;
  countOf(kind: ElementKind): number;
  /** At most eight names in a JSON document that is not OTLP. */
  readonly unknownFields: readonly string[];
}

const SHAPES = { traces: TRACES_REQUEST, metrics: METRICS_REQUEST, logs: LOGS_REQUEST } as const;

export function scanMessage(signal: Signal, encoding: OtlpEncoding, limits: ElementLimits): MessageScan {
  const tally = new ElementTally(limits);
  const shape = SHAPES[signal];
  return encoding === 'json' ? new JsonScan(tally, shape) : new ProtobufScan(tally, shape);
}
