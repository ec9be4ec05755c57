import { useEffect, useState } from 'react';
import styles from './no-traces.module.css';

const SHOWN_MS = 2_000;

export function CopyButton({ text, what }: { readonly text: string; readonly what: string }) {
  const [outcome, setOutcome] = useState<'Copied' | 'Select it'>();
  useEffect(() => {
    if (outcome === undefined) return;
    const timer = setTimeout(() => setOutcome(undefined), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [outcome]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(text);
      setOutcome('Copied');
    } catch {
      // A page has a clipboard only on https or localhost.
      setOutcome('Select it');
    }
  };
  return (
    <button type="button" className={styles.copy} aria-label={`Copy: ${what}`} onClick={() => void copy()}>
      <span aria-live="polite">{outcome ?? 'Copy'}</span>
    </button>
  );
}
