import { useState } from 'react';
import { PopoverButton } from '../search/popover-button.tsx';
import options from './filter-bar.module.css';
import styles from './time-range-menu.module.css';
import { fromDateTimeInput, toDateTimeInput, zoneName } from '../time/instant.ts';
import { rangeLabel, RECENT_RANGES, type TimeRange } from './time-range.ts';

interface RangeProps {
  readonly range: TimeRange;
  /** A view that needs a range does not offer all time. */
  readonly hasAll?: boolean;
  readonly onRange: (range: TimeRange) => void;
}

/**
 * The start and end of a time range. A recent range continues; a custom one with an end is fixed.
 */
export function TimeRangeMenu({ range, hasAll = true, onRange }: RangeProps) {
  const isAll = range.from === undefined && range.to === undefined && range.last === undefined;
  return (
    <PopoverButton label={rangeLabel(range)} name="Time range" align="end" isActive={!isAll}>
      {(close) => {
        const choose = (next: TimeRange) => {
          onRange(next);
          close();
        };
        return (
          <>
            <div className={options.options}>
              {hasAll && (
                <button
                  type="button"
                  className={options.option}
                  aria-pressed={isAll}
                  onClick={() => choose({})}
                >
                  All time
                </button>
              )}
              {RECENT_RANGES.map(({ label, last }) => (
                <button
                  key={last}
                  type="button"
                  className={options.option}
                  aria-pressed={range.last === last}
                  onClick={() => choose({ last })}
                >
                  {label}
                </button>
              ))}
            </div>
            <CustomRange range={range} onRange={choose} />
          </>
        );
      }}
    </PopoverButton>
  );
}

function CustomRange({ range, onRange }: RangeProps) {
  const [from, setFrom] = useState(range.from === undefined ? '' : toDateTimeInput(range.from));
  const [to, setTo] = useState(range.to === undefined ? '' : toDateTimeInput(range.to));
  const fromMs = fromDateTimeInput(from);
  const toMs = fromDateTimeInput(to);
  const isBackwards = fromMs !== undefined && toMs !== undefined && fromMs > toMs;
  return (
    <form
      className={styles.custom}
      onSubmit={(event) => {
        event.preventDefault();
        if (!isBackwards) {
          onRange({ ...(fromMs !== undefined && { from: fromMs }), ...(toMs !== undefined && { to: toMs }) });
        }
      }}
    >
      <label className={styles.field}>
        From
        <input
          type="datetime-local"
          step="1"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
      </label>
      <label className={styles.field}>
        To
        <input type="datetime-local" step="1" value={to} onChange={(event) => setTo(event.target.value)} />
      </label>
      <p className={styles.note} role="status" data-wrong={isBackwards}>
        {isBackwards
          ? 'The end is before the beginning.'
          : `Times in ${zoneName()}. Without an end, new traces come in.`}
      </p>
      <button type="submit" className={styles.apply} disabled={isBackwards}>
        Show this range
      </button>
    </form>
  );
}
