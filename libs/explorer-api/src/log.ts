import type { Attribute, AttributeValue } from './attribute.ts';

/** A log record. */
export interface LogRecord {
  /** Names the record in this store. */
  readonly id: string;
  /** Unix time in ns; if the sender did not know it, the time at which the record was observed or received. */
  readonly time: string;
  /** Unix time in ns; `null` if it was not sent. */
  readonly observedTime: string | null;
  /** 1 to 24 as in OpenTelemetry: 9 is INFO, 13 WARN, 17 ERROR, 21 FATAL; 0 if it was not sent. */
  readonly severity: number;
  readonly severityText: string;
  /** Not empty if the record is an event, such as `exception`. */
  readonly eventName: string;
  readonly body: AttributeValue | null;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  readonly flags: number;
  readonly traceId: string | null;
  readonly spanId: string | null;
  readonly service: string;
  readonly scope: string;
}

export interface LogPage {
  readonly logs: readonly LogRecord[];
  /** `null` on the last page. */
  readonly nextCursor: string | null;
  /**
   * Unix time in ns down to which the search got, or up to which in ascending order, if it ended
   * before the page was full. A search without an index looks at a limited number of records.
   * `nextCursor` continues from there. Otherwise `null`.
   */
  readonly searchedBackTo: string | null;
}

/** The names of severities. Each stands for four severity numbers: `trace` for 1 to 4, `fatal` for 21 to 24. */
export const LOG_SEVERITIES = ['trace', 'debug', 'info', 'warn', 'error', 'fatal'] as const;
export type LogSeverity = (typeof LOG_SEVERITIES)[number];

/** The name of a severity, as OpenTelemetry shortens it; the sender's own name if it sent no number, and '' if it sent neither. */
export function severityName({
  severity,
  severityText,
}: Pick<LogRecord, 'severity' | 'severityText'>): string {
  return LOG_SEVERITIES[Math.ceil(severity / 4) - 1]?.toUpperCase() ?? severityText;
}
