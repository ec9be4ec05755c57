import { useCallback, useState } from 'react';

/**
 * A number that this browser remembers: the size of a panel, a switch. If storage is refused, it
 * lasts as long as the page.
 */
export function useStoredNumber(name: string, initial: number): readonly [number, (value: number) => void] {
  const key = `span-links.${name}`;
  const [value, setValue] = useState(() => read(key) ?? initial);
  const store = useCallback(
    (next: number) => {
      setValue(next);
      try {
        localStorage.setItem(key, String(next));
      } catch {
        return;
      }
    },
    [key],
  );
  return [value, store];
}

function read(key: string): number | undefined {
  try {
    const stored = localStorage.getItem(key);
    const value = Number(stored);
    return stored !== null && Number.isFinite(value) ? value : undefined;
  } catch {
    return undefined;
  }
}
