import type { SpanDetail, SpanEvent } from '@span-links/explorer-api';
import { useMemo } from 'react';
import { attributeText } from '../links/attribute-text.ts';
import { formatDuration } from '../time/duration.ts';
import { formatInstantExactly, nanosBetween } from '../time/instant.ts';
import { AttributeTable } from './attribute-table.tsx';
import { CopyButton } from './copy-button.tsx';
import { DroppedNotice } from './dropped-notice.tsx';
import styles from './events-tab.module.css';
import { stackLines } from './stack-trace.ts';

// The parts of an exception that are laid out by themselves.
const EXCEPTION_KEYS = ['exception.type', 'exception.message', 'exception.stacktrace'] as const;

/** What happened during the span, in time order. */
export function EventsTab({ span }: { readonly span: SpanDetail }) {
  const { droppedEventsCount, startTime } = span;
  const events = useMemo(() => [...span.events].sort((a, b) => nanosBetween(b.time, a.time)), [span.events]);
  return (
    <div className={styles.tab}>
      <DroppedNotice count={droppedEventsCount} what="events" setting="OTEL_SPAN_EVENT_COUNT_LIMIT" />
      {events.length === 0 && <p className={styles.none}>No events were recorded in this span.</p>}
      <ol className={styles.events}>
        {events.map((event, index) => (
          <li key={index}>
            <EventEntry event={event} startTime={startTime} />
          </li>
        ))}
      </ol>
    </div>
  );
}

function EventEntry({ event, startTime }: { readonly event: SpanEvent; readonly startTime: string }) {
  const { name, time, attributes, droppedAttributesCount } = event;
  const offset = nanosBetween(startTime, time);
  const isException = attributes.some(({ key }) => EXCEPTION_KEYS.some((known) => known === key));
  const others = isException
    ? attributes.filter(({ key }) => !EXCEPTION_KEYS.some((known) => known === key))
    : attributes;
  return (
    <article className={styles.event} data-exception={isException || undefined}>
      <header className={styles.head}>
        <h3>{name || '(no name)'}</h3>
        <time title={formatInstantExactly(time)}>
          {offset < 0 ? '−' : '+'}
          {formatDuration(Math.abs(offset))}
        </time>
      </header>
      {isException && <Exception event={event} />}
      {others.length > 0 && <AttributeTable attributes={others} />}
      <DroppedNotice
        count={droppedAttributesCount}
        what="attributes of this event"
        setting="OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT"
      />
    </article>
  );
}

function Exception({ event }: { readonly event: SpanEvent }) {
  const [type, message, stack] = EXCEPTION_KEYS.map((key) => {
    const found = event.attributes.find((attribute) => attribute.key === key);
    return found && attributeText(found);
  });
  return (
    <>
      <p className={styles.message}>
        {type && <b>{type}</b>}
        {type && message && ': '}
        {message}
      </p>
      {stack && (
        <div className={styles.stack}>
          <CopyButton text={stack} name="stack trace" label="Copy" />
          <pre tabIndex={0} aria-label="Stack trace">
            {stackLines(stack).map(({ text, kind }, index) => (
              <span key={index} data-kind={kind}>
                {text}
                {'\n'}
              </span>
            ))}
          </pre>
        </div>
      )}
    </>
  );
}
