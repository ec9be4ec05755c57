import { attributeText, severityName, type LogRecord } from '@span-links/explorer-api';
import { Link } from '@tanstack/react-router';
import { memo } from 'react';
import { serviceColour } from '../service/service-colour.ts';
import { AttributeTable } from '../span-detail/attribute-table.tsx';
import { ExceptionText, otherAttributes } from '../span-detail/exception-text.tsx';
import { formatInstantExactly, formatInstantShortly } from '../time/instant.ts';
import { useTimeZone } from '../time/time-zone.ts';
import { useAge } from '../time/use-age.ts';
import styles from './log-row.module.css';
import { logText } from './log-text.ts';

const LEAST_WARN = 13;
const LEAST_ERROR = 17;

interface LogRowProps {
  readonly log: LogRecord;
  readonly index: number;
  readonly isFresh: boolean;
  readonly isOpen: boolean;
  readonly onToggle: (id: string) => void;
  readonly onEvent: (event: string) => void;
}

/** A record in one line, and everything of it below when it is open. */
export const LogRow = memo(function LogRow({ log, index, isFresh, isOpen, onToggle, onEvent }: LogRowProps) {
  const { id, time, severity, service, eventName } = log;
  const tone = severity >= LEAST_ERROR ? 'error' : severity >= LEAST_WARN ? 'warn' : undefined;
  const text = logText(log);
  const [zone] = useTimeZone();
  return (
    <>
      <div role="row" className={styles.row} data-fresh={isFresh} data-tone={tone}>
        <span role="cell" className={styles.time} title={formatInstantExactly(time)}>
          <span>{formatInstantShortly(time, new Date(), zone)}</span>
          <Age time={time} />
        </span>
        <span role="cell" className={styles.severity} title={log.severityText}>
          {severityName(log) || '–'}
        </span>
        <span role="cell" className={styles.service}>
          <span className={styles.colour} style={{ background: serviceColour(service) }} />
          <span className={styles.cut}>{service}</span>
        </span>
        <span role="cell" className={styles.message}>
          {eventName !== '' && (
            <button
              type="button"
              className={styles.event}
              title="Only log records with this event name"
              onClick={() => onEvent(eventName)}
            >
              {eventName}
            </button>
          )}
          <button
            type="button"
            className={styles.text}
            data-row={index}
            aria-expanded={isOpen}
            onClick={() => onToggle(id)}
          >
            {text || <i>no text</i>}
          </button>
        </span>
        <span role="cell" className={styles.trace}>
          <TraceLink log={log} />
        </span>
      </div>
      {isOpen && <Details log={log} />}
    </>
  );
});

function Age({ time }: { readonly time: string }) {
  return <span className={styles.age}>{useAge(time)}</span>;
}

function TraceLink({ log: { traceId, spanId } }: { readonly log: LogRecord }) {
  if (traceId === null) return <span className={styles.quiet}>no trace</span>;
  const short = traceId.slice(0, 8);
  const place = spanId === null ? `trace ${traceId}` : `span ${spanId} in trace ${traceId}`;
  return (
    <Link
      to="/trace/$traceId"
      params={{ traceId }}
      search={spanId === null ? {} : { spanId, tab: 'events' }}
      className={styles.link}
      // The accessible name begins with the visible text.
      aria-label={`${short}: ${place}`}
      title={place}
    >
      {short}
    </Link>
  );
}

function Details({ log }: { readonly log: LogRecord }) {
  const { body, attributes, time, scope, severityText, traceId, spanId } = log;
  const others = otherAttributes(attributes);
  return (
    <div role="row" className={styles.details}>
      <div role="cell">
        {body !== null && <p className={styles.body}>{attributeText(body)}</p>}
        <ExceptionText attributes={attributes} />
        {others.length > 0 && <AttributeTable attributes={others} place="log" />}
        <dl className={styles.facts}>
          <Fact name="Time" value={formatInstantExactly(time)} />
          <Fact name="Severity" value={severityText} />
          <Fact name="Scope" value={scope} />
          <Fact name="Trace" value={traceId} />
          <Fact name="Span" value={spanId} />
        </dl>
      </div>
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string | null }) {
  if (value === null || value === '') return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
