import {
  attributeText,
  severityName,
  type Attribute,
  type LogRecord,
  type SpanDetail,
} from '@span-links/explorer-api';
import { useMemo, useState } from 'react';
import { formatDuration } from '../time/duration.ts';
import { formatInstantExactly, nanosBetween } from '../time/instant.ts';
import { AttributeTable } from './attribute-table.tsx';
import { DroppedNotice } from './dropped-notice.tsx';
import styles from './events-tab.module.css';
import { ExceptionText, otherAttributes } from './exception-text.tsx';

/** The least severity number of an error. */
const LEAST_ERROR = 17;

/** Thousands of events at once take seconds to draw. */
const EVENTS_AT_ONCE = 100;

/** An event of the span, or a log record that was written during it. */
interface Entry {
  readonly name: string;
  readonly time: string;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  readonly log?: LogRecord;
}

/** The events and log records of the span, in time order. */
export function EventsTab({ span }: { readonly span: SpanDetail }) {
  const { droppedEventsCount, startTime } = span;
  const events = useMemo(() => entriesOf(span), [span]);
  const [shown, setShown] = useState(EVENTS_AT_ONCE);
  return (
    <div className={styles.tab}>
      <DroppedNotice count={droppedEventsCount} what="events" setting="OTEL_SPAN_EVENT_COUNT_LIMIT" />
      {events.length === 0 && <p className={styles.none}>This span has no events and no log records.</p>}
      <ol className={styles.events}>
        {events.slice(0, shown).map((event, index) => (
          <li key={index}>
            <EventEntry entry={event} startTime={startTime} />
          </li>
        ))}
      </ol>
      {events.length > shown && (
        <button type="button" className={styles.more} onClick={() => setShown(shown + EVENTS_AT_ONCE)}>
          Show {Math.min(EVENTS_AT_ONCE, events.length - shown)} more of {events.length.toLocaleString('en')}{' '}
          entries
        </button>
      )}
    </div>
  );
}

function entriesOf({ events, logs = [] }: SpanDetail): readonly Entry[] {
  const records = logs.map((log): Entry => ({ ...log, name: log.eventName, log }));
  return [...events, ...records].sort((a, b) => nanosBetween(b.time, a.time));
}

function EventEntry({ entry, startTime }: { readonly entry: Entry; readonly startTime: string }) {
  const { name, time, attributes, droppedAttributesCount, log } = entry;
  const offset = nanosBetween(startTime, time);
  const others = otherAttributes(attributes);
  const isException = others.length < attributes.length;
  const isError = isException || (log !== undefined && log.severity >= LEAST_ERROR);
  return (
    <article className={styles.event} data-exception={isError || undefined}>
      <header className={styles.head}>
        <h3>{name || (log ? 'Log record' : '(no name)')}</h3>
        {log && <Severity log={log} />}
        <time title={formatInstantExactly(time)}>
          {offset < 0 ? '−' : '+'}
          {formatDuration(Math.abs(offset))}
        </time>
      </header>
      {log?.body && <p className={styles.body}>{attributeText(log.body)}</p>}
      {isException && <ExceptionText attributes={attributes} />}
      {others.length > 0 && <AttributeTable attributes={others} />}
      <DroppedNotice
        count={droppedAttributesCount}
        what={log ? 'attributes of this log record' : 'attributes of this event'}
        setting={log ? 'OTEL_LOGRECORD_ATTRIBUTE_COUNT_LIMIT' : 'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT'}
      />
    </article>
  );
}

function Severity({ log }: { readonly log: LogRecord }) {
  const name = severityName(log);
  if (name === '') return null;
  return (
    <span
      className={styles.severity}
      data-error={log.severity >= LEAST_ERROR || undefined}
      title={log.severityText}
    >
      {name}
    </span>
  );
}
