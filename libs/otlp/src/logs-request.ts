import type { AnyValue, Attribute } from './any-value.ts';
import type { Resource, Scope } from './traces-request.ts';

/**
 * An `ExportLogsServiceRequest`, the same from protobuf and from JSON. A missing field has its
 * protobuf default.
 */
export interface LogsRequest {
  readonly resourceLogs: readonly ResourceLogs[];
}

export interface ResourceLogs {
  readonly resource: Resource;
  readonly scopeLogs: readonly ScopeLogs[];
  readonly schemaUrl: string;
}

export interface ScopeLogs {
  readonly scope: Scope;
  readonly logRecords: readonly LogRecord[];
  readonly schemaUrl: string;
}

/** Ids are lower-case hex of any length, as sent; '' for none. */
export interface LogRecord {
  /** Nanoseconds since 1970; 0 if the sender does not know it. */
  readonly timeUnixNano: bigint;
  /** Nanoseconds since 1970. */
  readonly observedTimeUnixNano: bigint;
  /** 1 to 24; 0 if the record has none. */
  readonly severityNumber: number;
  readonly severityText: string;
  /** Not empty if the record is an event, such as `exception`. */
  readonly eventName: string;
  readonly body: AnyValue;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  readonly flags: number;
  readonly traceId: string;
  readonly spanId: string;
}
