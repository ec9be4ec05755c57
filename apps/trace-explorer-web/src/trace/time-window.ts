/** The visible part of a trace, in ns since its start. */
export interface TimeWindow {
  readonly fromNs: number;
  readonly toNs: number;
}

/** A bar in percent of the axis, or its side outside the axis. */
export type BarPlace = { readonly left: number; readonly width: number } | 'before' | 'after';

// Clocks are not more precise than this.
const SMALLEST_NS = 100;

export function wholeWindow(durationNs: number): TimeWindow {
  return { fromNs: 0, toNs: durationNs };
}

/** Keeps a window within the trace and wide enough to be visible. */
export function clampWindow({ fromNs, toNs }: TimeWindow, durationNs: number): TimeWindow {
  const low = Math.min(fromNs, toNs);
  const width = Math.min(durationNs, Math.max(SMALLEST_NS, Math.abs(toNs - fromNs)));
  const from = Math.min(Math.max(0, low), durationNs - width);
  return { fromNs: from, toNs: from + width };
}

/** `factor` below 1 shows less of the trace. `atNs` keeps its place on the screen. */
export function zoomWindow(
  { fromNs, toNs }: TimeWindow,
  factor: number,
  durationNs: number,
  atNs = (fromNs + toNs) / 2,
): TimeWindow {
  // The limit is applied first, otherwise the place would drift at the end of the zoom.
  const limited = Math.max(factor, Math.min(1, SMALLEST_NS / (toNs - fromNs)));
  return clampWindow(
    { fromNs: atNs - (atNs - fromNs) * limited, toNs: atNs + (toNs - atNs) * limited },
    durationNs,
  );
}

/** Moves by a share of the window's own width. */
export function panWindow({ fromNs, toNs }: TimeWindow, share: number, durationNs: number): TimeWindow {
  const by = (toNs - fromNs) * share;
  return clampWindow({ fromNs: fromNs + by, toNs: toNs + by }, durationNs);
}

/** A span with some room around it. */
export function windowAround(startNs: number, spanNs: number, durationNs: number): TimeWindow {
  const room = Math.max(spanNs, durationNs / 1000) * 0.1;
  return clampWindow({ fromNs: startNs - room, toNs: startNs + spanNs + room }, durationNs);
}

/**
 * The same window if the span is in it; otherwise one of the same width around the span's start, or
 * as wide as the span.
 */
export function windowWith(
  window: TimeWindow,
  startNs: number,
  spanNs: number,
  durationNs: number,
): TimeWindow {
  if (typeof placeBar(startNs, spanNs, window) === 'object') return window;
  const width = window.toNs - window.fromNs;
  const fromNs = startNs - Math.max(0, width - spanNs) / 2;
  return clampWindow({ fromNs, toNs: fromNs + Math.max(width, spanNs) }, durationNs);
}

export function isWhole({ fromNs, toNs }: TimeWindow, durationNs: number): boolean {
  return fromNs <= 0 && toNs >= durationNs;
}

/** The place of a span in the window, cut off at its edges. */
export function placeBar(startNs: number, spanNs: number, { fromNs, toNs }: TimeWindow): BarPlace {
  if (startNs > toNs) return 'after';
  if (startNs + spanNs < fromNs) return 'before';
  const percent = (ns: number) => (100 * (ns - fromNs)) / (toNs - fromNs);
  const left = Math.max(0, percent(startNs));
  return { left, width: Math.min(100, percent(startNs + spanNs)) - left };
}
