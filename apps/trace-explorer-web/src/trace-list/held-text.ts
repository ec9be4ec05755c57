import type { ExplorerStats } from '@span-links/explorer-api';
import { formatDuration } from '../time/duration.ts';

const NUMBER = new Intl.NumberFormat('en');

/** `1,204`: a count in readable form. */
export function formatCount(count: number): string {
  return NUMBER.format(count);
}

/** `1 trace`, `1,204 traces`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${formatCount(count)} ${count === 1 ? one : many}`;
}

/** `812 B`, `14 MB`, `2 GB`: in powers of 1,024, with at least two digits. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1_024;
    unit++;
  }
  const digits = value < 9.95 && unit > 0 ? 1 : 0;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${units[unit]}`;
}

/** `kept for 7 d or up to 2 GB, 14 MB used`. */
export function retentionText({ retention, bytes }: Pick<ExplorerStats, 'retention' | 'bytes'>): string {
  const age = formatDuration(retention.maxAgeMs * 1e6);
  return `kept for ${age} or up to ${formatBytes(retention.maxBytes)}, ${formatBytes(bytes)} used`;
}
