import { useEffect, useRef, useState } from 'react';
import { copyText } from '../links/copy-text.ts';
import styles from './copy-button.module.css';

interface CopyButtonProps {
  readonly text: string;
  /** The name of the copied value, as in "Copy trace ID". */
  readonly name: string;
  /** Shown next to the icon. Without it the button has only the icon. */
  readonly label?: string;
}

const SHOWN_MS = 1_500;

/** Copies and reports the result. */
export function CopyButton({ text, name, label }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<'copied' | 'refused' | null>(null);
  const timer = useRef<number | undefined>(undefined);
  useEffect(() => () => window.clearTimeout(timer.current), []);
  const copy = async () => {
    setOutcome((await copyText(text)) ? 'copied' : 'refused');
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setOutcome(null), SHOWN_MS);
  };
  return (
    <span className={styles.copy}>
      <button
        type="button"
        className={styles.button}
        title={`Copy ${name}`}
        aria-label={label === undefined ? `Copy ${name}` : undefined}
        data-outcome={outcome ?? undefined}
        onClick={(event) => {
          event.stopPropagation();
          void copy();
        }}
      >
        <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
          {outcome === 'copied' ? (
            <path d="M3 8.5l3.2 3.2L13 5" fill="none" stroke="currentColor" strokeWidth="2" />
          ) : (
            <g fill="none" stroke="currentColor" strokeWidth="1.4">
              <rect x="5.5" y="5.5" width="8" height="8" rx="1.5" />
              <path d="M10.5 3V2.5a1 1 0 0 0-1-1h-6a1 1 0 0 0-1 1v6a1 1 0 0 0 1 1H4" />
            </g>
          )}
        </svg>
        {label}
      </button>
      <span role="status" className={outcome === 'refused' ? styles.refused : 'visually-hidden'}>
        {outcome === 'copied' && 'Copied'}
        {outcome === 'refused' && 'The browser does not allow it here'}
      </span>
    </span>
  );
}
