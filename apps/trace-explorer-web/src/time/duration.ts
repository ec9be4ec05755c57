const NS = { us: 1e3, ms: 1e6, s: 1e9, m: 60e9, h: 3_600e9, d: 86_400e9 };

/**
 * A duration for people, in three digits: `812 µs`, `4.21 ms`, `1 h 5 m`. Negative ones keep their
 * sign.
 */
export function formatDuration(ns: number): string {
  if (!Number.isFinite(ns)) return '–';
  if (ns < 0) return `−${formatDuration(-ns)}`;
  if (ns < NS.us) return `${Math.round(ns)} ns`;
  // The limits leave room for rounding: 999.6 µs reads as a millisecond.
  if (ns < 999.5 * NS.us) return `${threeDigits(ns / NS.us)} µs`;
  if (ns < 999.5 * NS.ms) return `${threeDigits(ns / NS.ms)} ms`;
  if (ns < 59.95 * NS.s) return `${threeDigits(ns / NS.s)} s`;
  const seconds = Math.round(ns / NS.s);
  if (seconds < 3_600) return pair(Math.floor(seconds / 60), 'm', seconds % 60, 's');
  const minutes = Math.round(ns / NS.m);
  if (minutes < 1_440) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'm');
  const hours = Math.round(ns / NS.h);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function threeDigits(value: number): string {
  const decimals = value < 9.995 ? 2 : value < 99.95 ? 1 : 0;
  const text = value.toFixed(decimals);
  return text.includes('.') ? text.replace(/\.?0+$/, '') : text;
}

function pair(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`;
}
