import type { SpanEvent } from '@span-links/explorer-api';
import { useState } from 'react';
import { formatDuration } from '../time/duration.ts';
import { formatInstantExactly, nanosBetween, type UnixNano } from '../time/instant.ts';
import { AttributeList } from './attribute-list.tsx';
import { FoldButton } from './fold-button.tsx';
import styles from './link-detail.module.css';

const SHOWN = 5;

/** Events of a span, by the time since its start. */
export function EventList({ events, startTime }: { events: readonly SpanEvent[]; startTime: UnixNano }) {
  const [isOpen, setOpen] = useState(false);
  const shown = isOpen ? events : events.slice(0, SHOWN);
  return (
    <>
      <ol>
        {shown.map((event, index) => (
          <li key={index} className={styles.event}>
            <p className={styles.eventHead}>
              <time className={styles.eventTime} title={formatInstantExactly(event.time)}>
                {formatDuration(nanosBetween(startTime, event.time))}
              </time>
              <span>{event.name || '(no name)'}</span>
            </p>
            {event.attributes.length > 0 && <AttributeList attributes={event.attributes} empty="" />}
          </li>
        ))}
      </ol>
      {events.length > SHOWN && (
        <FoldButton isOpen={isOpen} more={`${events.length - SHOWN} more`} onChange={setOpen} />
      )}
    </>
  );
}
