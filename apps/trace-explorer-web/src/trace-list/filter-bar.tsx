import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { servicesQuery } from '../api/queries.ts';
import { PopoverButton } from '../search/popover-button.tsx';
import {
  isOn,
  leastDurationIn,
  servicesIn,
  termsOf,
  toggled,
  TOGGLES,
  withLeastDuration,
  withServices,
} from '../search/query-edit.ts';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import styles from './filter-bar.module.css';

interface FilterProps {
  readonly query: string;
  readonly onQuery: (query: string) => void;
}

/** Filters that write the query. A setting here also shows in the search box, and vice versa. */
export function FilterBar({ query, onQuery }: FilterProps) {
  const isReadable = termsOf(query) !== undefined;
  return (
    <div className={styles.bar} role="group" aria-label="Filters">
      <ServiceFilter query={query} onQuery={onQuery} />
      {TOGGLES.map((toggle) => (
        <button
          key={toggle.term}
          type="button"
          className={styles.toggle}
          aria-pressed={isOn(query, toggle)}
          title={`${toggle.title}: ${toggle.term}`}
          disabled={!isReadable}
          onClick={() => onQuery(toggled(query, toggle))}
        >
          {toggle.label}
        </button>
      ))}
      <DurationFilter query={query} onQuery={onQuery} />
    </div>
  );
}

const FEW_SERVICES = 8;

function ServiceFilter({ query, onQuery }: FilterProps) {
  const { data } = useQuery(servicesQuery);
  const [part, setPart] = useState('');
  const chosen = servicesIn(query);
  const known = data?.services.map(({ service }) => service) ?? [];
  const all = [...new Set([...known, ...chosen])].sort();
  const shown = all.filter((service) => service.toLowerCase().includes(part.toLowerCase()));
  const label =
    chosen.length === 0 ? 'Services' : chosen.length === 1 ? chosen[0] : `${chosen.length} services`;
  const toggle = (service: string) =>
    onQuery(
      withServices(
        query,
        chosen.includes(service) ? chosen.filter((other) => other !== service) : [...chosen, service],
      ),
    );
  return (
    <PopoverButton
      label={<span className={styles.label}>{label}</span>}
      name="Services"
      isActive={chosen.length > 0}
      isDisabled={termsOf(query) === undefined}
    >
      {all.length > FEW_SERVICES && (
        <input
          className={styles.part}
          type="search"
          aria-label="Find a service"
          placeholder="Find a service"
          value={part}
          onChange={(event) => setPart(event.target.value)}
        />
      )}
      <div className={styles.options}>
        {shown.map((service) => (
          <label key={service} className={styles.option}>
            <input type="checkbox" checked={chosen.includes(service)} onChange={() => toggle(service)} />
            <span className={styles.colour} style={{ background: serviceColour(service) }} />
            <span className={styles.name}>{service}</span>
          </label>
        ))}
        {shown.length === 0 && (
          <p className={styles.none}>{part ? 'No service is named so.' : 'No service yet.'}</p>
        )}
      </div>
    </PopoverButton>
  );
}

const DURATIONS = [
  { written: '10ms', ns: 1e7 },
  { written: '100ms', ns: 1e8 },
  { written: '1s', ns: 1e9 },
  { written: '10s', ns: 1e10 },
  { written: '1m', ns: 6e10 },
];

function DurationFilter({ query, onQuery }: FilterProps) {
  const least = leastDurationIn(query);
  return (
    <PopoverButton
      label={least === undefined ? 'Duration' : `≥ ${formatDuration(least)}`}
      name="Duration"
      isActive={least !== undefined}
      isDisabled={termsOf(query) === undefined}
    >
      {(close) => (
        <div className={styles.options}>
          {[{ written: undefined, ns: undefined }, ...DURATIONS].map(({ written, ns }) => (
            <button
              key={written ?? 'any'}
              type="button"
              className={styles.option}
              aria-pressed={least === ns}
              onClick={() => {
                onQuery(withLeastDuration(query, written));
                close();
              }}
            >
              {ns === undefined ? 'Any duration' : `A span of ${formatDuration(ns)} or more`}
            </button>
          ))}
        </div>
      )}
    </PopoverButton>
  );
}
