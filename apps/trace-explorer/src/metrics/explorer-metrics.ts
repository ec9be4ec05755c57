import type { StoreCounts } from '@span-links/trace-store';
import type { OtlpIntake } from '../intake/otlp-intake.ts';
import type { LiveFeed } from '../live/live-feed.ts';
import type { Metric } from './prometheus-text.ts';

/** The reasons why one log record is refused. */
const REFUSED_BY = ['time', 'severity', 'database'];

/** The explorer's own metrics. They do not use the database: a scrape must not cost a query. */
export function explorerMetrics(intake: OtlpIntake, store: StoreCounts, live: LiveFeed): Metric[] {
  const { counts } = intake;
  const spans = (name: string, help: string, value: number) =>
    counter(`trace_explorer_spans_${name}_total`, help, value);
  const logs = (name: string, help: string, value: number) =>
    counter(`trace_explorer_log_records_${name}_total`, help, value);
  return [
    {
      name: 'trace_explorer_requests_total',
      type: 'counter',
      help: 'OTLP requests, by signal and by the status they were answered with.',
      samples: counts.requests.map(({ signal, status, requests }) => ({
        labels: { signal, status },
        value: requests,
      })),
    },
    {
      name: 'trace_explorer_requests_refused_total',
      type: 'counter',
      help: 'OTLP requests that were refused whole, by reason.',
      samples: [...counts.refusals].map(([reason, value]) => ({ labels: { reason }, value })),
    },
    counter('trace_explorer_request_bytes_total', 'Bytes of OTLP bodies, unpacked.', counts.bytes),
    counter('trace_explorer_request_wire_bytes_total', 'Bytes of OTLP bodies, as sent.', counts.bytesOnWire),
    gauge(
      'trace_explorer_request_bytes_in_hand',
      'Bytes of OTLP bodies that are held now.',
      intake.bytesInHand,
    ),
    spans('received', 'Spans that were taken or refused one by one.', store.received),
    spans('stored', 'Spans that were stored.', store.stored),
    spans('duplicate', 'Spans that had been stored before.', store.duplicates),
    spans('refused', 'Spans that cannot be stored.', store.refused),
    spans('turned_away', 'Spans of requests that are to be sent again.', store.turnedAway),
    spans('evicted', 'Spans that retention took.', store.evicted),
    counter('trace_explorer_traces_evicted_total', 'Traces that retention took.', store.evictedTraces),
    logs('received', 'Log records that were taken or refused one by one.', store.logs.received),
    logs('stored', 'Log records that were stored.', store.logs.stored),
    logs('duplicate', 'Log records that had been stored before.', store.logs.duplicates),
    {
      name: 'trace_explorer_log_records_refused_total',
      type: 'counter',
      help: 'Log records that cannot be stored, by reason.',
      samples: REFUSED_BY.map((reason) => ({
        labels: { reason },
        value: store.logs.refusedBy.get(reason) ?? 0,
      })),
    },
    logs('turned_away', 'Log records of requests that are to be sent again.', store.logs.turnedAway),
    logs('evicted', 'Log records that retention took.', store.evictedLogs),
    gauge('trace_explorer_queued_requests', 'Requests that wait to be stored.', store.queuedRequests),
    gauge('trace_explorer_queued_spans', 'Spans and log records that wait to be stored.', store.queuedSpans),
    gauge('trace_explorer_queued_bytes', 'Encoded bytes that wait to be stored.', store.queuedBytes),
    gauge('trace_explorer_live_readers', 'Open event streams.', live.readerCount),
  ];
}

function counter(name: string, help: string, value: number): Metric {
  return { name, help, type: 'counter', samples: [{ value }] };
}

function gauge(name: string, help: string, value: number): Metric {
  return { name, help, type: 'gauge', samples: [{ value }] };
}
