import type { TraceView } from '@span-links/explorer-api';
import { useMemo } from 'react';
import { serviceColour } from '../service/service-colour.ts';
import { SearchMark } from './marks.tsx';
import { serviceCounts } from './service-counts.ts';
import styles from './trace-bar.module.css';
import type { TraceCommand } from './trace-keys.ts';
import type { Waterfall } from './use-waterfall.ts';
import { FIND_MAX } from './waterfall-address.ts';

interface TraceBarProps {
  readonly trace: TraceView;
  readonly waterfall: Waterfall;
  readonly commands: Readonly<Record<TraceCommand, () => void>>;
  readonly searchField: React.RefCallback<HTMLInputElement>;
}

/** The controls that find spans within the trace: its services and a search. */
export function TraceBar({ trace, waterfall, commands, searchField }: TraceBarProps) {
  return (
    <div className={styles.bar}>
      <Services trace={trace} waterfall={waterfall} />
      <SpanSearch waterfall={waterfall} commands={commands} field={searchField} />
      <button
        type="button"
        className={styles.help}
        aria-label="Keyboard help"
        title="Keyboard help (?)"
        onClick={commands.help}
      >
        ?
      </button>
    </div>
  );
}

function Services({ trace, waterfall }: Pick<TraceBarProps, 'trace' | 'waterfall'>) {
  const counts = useMemo(() => serviceCounts(trace.spans), [trace.spans]);
  const { services, toggleService } = waterfall;
  return (
    <ul aria-label="Services: choose which to highlight" className={styles.services}>
      {counts.map(({ service, spans, errors }) => (
        <li key={service}>
          <button
            type="button"
            className={styles.service}
            aria-pressed={services.has(service)}
            title={`Highlight ${service}: ${spans} spans, ${errors} errors`}
            onClick={() => toggleService(service)}
          >
            <span className={styles.colour} style={{ background: serviceColour(service) }} />
            <span className={styles.name}>{service}</span>
            <span className={styles.count}>{spans.toLocaleString()}</span>
          </button>
        </li>
      ))}
    </ul>
  );
}

interface SpanSearchProps {
  readonly waterfall: Waterfall;
  readonly commands: TraceBarProps['commands'];
  readonly field: React.RefCallback<HTMLInputElement>;
}

function SpanSearch({ waterfall, commands, field }: SpanSearchProps) {
  const { search, setSearch, matches, rows, activeRow } = waterfall;
  const at = matches.indexOf(rows[activeRow] ?? -1);
  const onKeyDown = (event: React.KeyboardEvent<HTMLInputElement>) => {
    if (event.key === 'Escape') {
      event.preventDefault();
      event.currentTarget.blur();
    } else if (event.key === 'Enter' && !event.nativeEvent.isComposing) {
      event.preventDefault();
      const step = event.shiftKey ? commands.previousMatch : commands.nextMatch;
      step();
    }
  };
  return (
    <div role="search" className={styles.search}>
      <SearchMark className={styles.searchMark} />
      <input
        ref={field}
        type="text"
        className={styles.field}
        aria-label="Find spans in this trace"
        placeholder="Find in this trace"
        title="Name, service, ID, kind, status, message, attributes or events (/)"
        value={search}
        maxLength={FIND_MAX}
        spellCheck={false}
        autoComplete="off"
        onChange={(event) => setSearch(event.target.value)}
        onKeyDown={onKeyDown}
      />
      {search !== '' && (
        <>
          <span className={styles.found} role="status">
            {matches.length === 0 ? 'none' : `${at < 0 ? '–' : at + 1} of ${matches.length}`}
          </span>
          <button
            type="button"
            aria-label="Previous match"
            title="Previous (N)"
            onClick={commands.previousMatch}
          >
            ↑
          </button>
          <button type="button" aria-label="Next match" title="Next (n)" onClick={commands.nextMatch}>
            ↓
          </button>
        </>
      )}
    </div>
  );
}
