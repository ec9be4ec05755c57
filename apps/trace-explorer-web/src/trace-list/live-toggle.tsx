import type { LiveState } from '../api/live.ts';
import styles from './live-toggle.module.css';

/** Shows if the list follows new traces, and stops or starts it. */
export function LiveToggle({
  live,
  isFixed,
  isPaused,
  onPause,
  what = 'traces',
}: {
  readonly live: LiveState;
  /** True if the time range has an end. */
  readonly isFixed: boolean;
  readonly isPaused: boolean;
  readonly onPause: (isPaused: boolean) => void;
  readonly what?: string;
}) {
  if (isFixed) {
    return (
      <span className={styles.state} title="The time range has an end, so nothing comes in.">
        Not live
      </span>
    );
  }
  const state = isPaused ? 'paused' : live;
  const text = { paused: 'Paused', live: 'Live', connecting: 'Live', lost: 'Reconnecting' }[state];
  return (
    <button
      type="button"
      className={styles.toggle}
      data-state={state}
      aria-label={isPaused ? 'Paused. Resume live updates' : `${text}. Pause live updates`}
      title={isPaused ? `Show ${what} as they come in` : 'Keep the list as it is'}
      onClick={() => onPause(!isPaused)}
    >
      <svg viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
        {isPaused ? (
          <path d="M4 2.5v11l9-5.5z" fill="currentColor" />
        ) : state === 'lost' ? (
          <circle
            cx="8"
            cy="8"
            r="5"
            fill="none"
            stroke="currentColor"
            strokeWidth="2"
            strokeDasharray="4 3"
          />
        ) : (
          <circle cx="8" cy="8" r="5" fill="currentColor" />
        )}
      </svg>
      {text}
    </button>
  );
}
