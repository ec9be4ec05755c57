import { useEffect, useLayoutEffect, useRef } from 'react';
import { commandOf, type TraceCommand } from './trace-keys.ts';

// Other commands need rows, which the pictures do not have.
const IN_ANY_VIEW: readonly TraceCommand[] = ['waterfall', 'graph', 'timeline', 'help'];
// Time for the second key of a pair.
const CHORD_MS = 1_500;
const WRITES = 'input, textarea, select, [contenteditable]:not([contenteditable="false"])';

/**
 * Runs the commands of keys anywhere on the page. Without `characters`, only the keys on rows work.
 */
export function useTraceKeys(
  commands: Readonly<Record<TraceCommand, () => void>>,
  characters: boolean,
  hasRows: boolean,
): void {
  const latest = useRef({ commands, hasRows });
  useLayoutEffect(() => {
    latest.current = { commands, hasRows };
  });
  useEffect(() => {
    let gAt = -Infinity;
    const onKey = (event: KeyboardEvent) => {
      const target = event.target instanceof Element ? event.target : document.body;
      // A dialog, a field and a tab list have their own keys.
      if (event.defaultPrevented || target.closest(WRITES) || target.closest('[role="dialog"]')) return;
      const command = commandOf(event, {
        onRow: target.matches('[data-trace-row]'),
        characters,
        afterG: event.timeStamp - gAt < CHORD_MS,
      });
      gAt = command === 'g' ? event.timeStamp : -Infinity;
      if (command === undefined || command === 'g') return;
      const { commands: now, hasRows: withRows } = latest.current;
      if (!withRows && !IN_ANY_VIEW.includes(command)) return;
      event.preventDefault();
      now[command]();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [characters]);
}
