import type { JourneyState } from '@span-links/explorer-api';
import styles from './journey-state.module.css';
import { STATE_MEANINGS, STATE_WORDS } from './journey-text.ts';

const MARKS: Readonly<Record<JourneyState, string>> = {
  waiting: 'M8 1.8a6.2 6.2 0 1 0 .01 0M8 4.5V8l2.5 1.5',
  overdue: 'M8 1.8a6.2 6.2 0 1 0 .01 0M8 4.5v4M8 11.2v.1',
  failed: 'M5 5l6 6M11 5l-6 6',
  undone: 'M5 5l6 6M11 5l-6 6',
  refused: 'M4.5 8h7',
  cut: 'M5 4v8M11 4v8',
  running: 'M6 5l4.5 3L6 11z',
  settling: 'M5 8h.01M8 8h.01M11 8h.01',
  done: 'M4.5 8.5L7 11l4.5-6',
};

/** A state as a word with a mark, so that it does not depend on colour alone. */
export function StateBadge({ state }: { readonly state: JourneyState }) {
  return (
    <span className={styles.badge} data-state={state} title={STATE_MEANINGS[state]}>
      <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
        <path
          d={MARKS[state]}
          fill="none"
          stroke="currentColor"
          strokeWidth="1.8"
          strokeLinecap="round"
          strokeLinejoin="round"
        />
      </svg>
      {STATE_WORDS[state]}
    </span>
  );
}
