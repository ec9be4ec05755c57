const PAGE_ROWS = 10;

/** The place that a key leads to in a list of this many rows; `undefined` for other keys. */
export function placeAfter(key: string, place: number, count: number): number | undefined {
  if (count === 0) return undefined;
  const within = (next: number) => Math.min(count - 1, Math.max(0, next));
  switch (key) {
    case 'ArrowDown':
    case 'j':
      return within(place + 1);
    case 'ArrowUp':
    case 'k':
      return within(place - 1);
    case 'PageDown':
      return within(place + PAGE_ROWS);
    case 'PageUp':
      return within(place - PAGE_ROWS);
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
