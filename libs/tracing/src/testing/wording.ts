/** Maximum lines of a list: with 10,000 links a failure must fit on a screen. */
const LINES_MAX = 8;
const NAMES_MAX = 12;
const TEXT_LENGTH_MAX = 80;

export function plural(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}

/** The first lines, and the number of the rest. */
export function lines<T>(items: readonly T[], line: (item: T) => string): string {
  const shown = items.slice(0, LINES_MAX).map((item) => `  ${line(item)}`);
  if (items.length > LINES_MAX) shown.push(`  … and ${(items.length - LINES_MAX).toLocaleString('en')} more`);
  return shown.join('\n');
}

/** `receive-order ×5, validate` */
export function countByName(spans: readonly { readonly name: string }[]): string {
  const counts = new Map<string, number>();
  for (const { name } of spans) counts.set(name, (counts.get(name) ?? 0) + 1);
  const names = [...counts].map(([name, count]) => (count === 1 ? brief(name) : `${brief(name)} ×${count}`));
  const rest = names.length - NAMES_MAX;
  if (rest > 0) names.splice(NAMES_MAX, rest, `… and ${plural(rest, 'other name')}`);
  return names.join(', ') || 'none';
}

export function brief(text: string): string {
  const line = text.replace(/\s+/g, ' ');
  return line.length > TEXT_LENGTH_MAX ? `${line.slice(0, TEXT_LENGTH_MAX - 1)}…` : line;
}
