import { LOG_SEVERITIES, type LogRecord, type LogSeverity } from '@span-links/explorer-api';
import { useQuery } from '@tanstack/react-query';
import { useEffect, useId, useMemo, useState } from 'react';
import { servicesQuery } from '../api/queries.ts';
import type { LogsSearch } from '../app/address.ts';
import styles from './log-filters.module.css';

const SEVERITY_WORDS: Readonly<Record<LogSeverity, string>> = {
  trace: 'Trace or more',
  debug: 'Debug or more',
  info: 'Info or more',
  warn: 'Warn or more',
  error: 'Error or more',
  fatal: 'Fatal',
};

/** Text, service, severity and event name. A text is searched with Enter, because a search may be expensive. */
export function LogFilters({
  search,
  logs,
  onSearch,
}: {
  readonly search: LogsSearch;
  /** The shown records. A service that sends no spans is only known from them. */
  readonly logs: readonly LogRecord[];
  readonly onSearch: (search: LogsSearch) => void;
}) {
  const { text = '', service = '', severity, event = '' } = search;
  const { data } = useQuery(servicesQuery);
  const services = useMemo(
    () =>
      [
        ...new Set([
          ...(data?.services.map((known) => known.service) ?? []),
          ...logs.map((log) => log.service),
        ]),
      ].sort(),
    [data, logs],
  );
  const events = useMemo(
    () => [...new Set(logs.flatMap(({ eventName }) => (eventName === '' ? [] : [eventName])))].sort(),
    [logs],
  );
  const show = (name: 'text' | 'service' | 'severity' | 'event', value: string) => {
    const { [name]: _, ...others } = search;
    onSearch({ ...others, ...(value !== '' && { [name]: value }) });
  };
  return (
    <search className={styles.filters} aria-label="Filters">
      <TextFilter label="Text in the body" value={text} isWide onValue={(value) => show('text', value)} />
      <TextFilter
        label="Service"
        value={service}
        known={services}
        onValue={(value) => show('service', value)}
      />
      <label>
        <span className="visually-hidden">Severity</span>
        <select
          className={styles.field}
          data-active={severity !== undefined}
          value={severity ?? ''}
          onChange={({ target }) => show('severity', target.value)}
        >
          <option value="">Any severity</option>
          {LOG_SEVERITIES.map((one) => (
            <option key={one} value={one}>
              {SEVERITY_WORDS[one]}
            </option>
          ))}
        </select>
      </label>
      <TextFilter label="Event name" value={event} known={events} onValue={(value) => show('event', value)} />
    </search>
  );
}

function TextFilter({
  label,
  value,
  known,
  isWide = false,
  onValue,
}: {
  readonly label: string;
  readonly value: string;
  readonly known?: readonly string[];
  readonly isWide?: boolean;
  readonly onValue: (value: string) => void;
}) {
  const [text, setText] = useState(value);
  const listId = useId();
  useEffect(() => setText(value), [value]);
  const apply = (next: string) => {
    if (next.trim() !== value) onValue(next.trim());
  };
  return (
    <form
      className={styles.form}
      data-wide={isWide}
      onSubmit={(event) => {
        event.preventDefault();
        apply(text);
      }}
    >
      <input
        className={styles.field}
        type="search"
        data-active={value !== ''}
        aria-label={label}
        placeholder={label}
        autoComplete="off"
        spellCheck={false}
        enterKeyHint="search"
        list={known && listId}
        value={text}
        onChange={({ target, nativeEvent }) => {
          setText(target.value);
          // A chosen suggestion and the cross of the field come without a key.
          const isTyped =
            nativeEvent instanceof InputEvent && nativeEvent.inputType !== 'insertReplacementText';
          if (!isTyped || target.value === '') apply(target.value);
        }}
        onBlur={() => apply(text)}
      />
      {known && (
        <datalist id={listId}>
          {known.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      )}
    </form>
  );
}
