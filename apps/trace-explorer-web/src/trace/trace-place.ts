import type { TimeWindow } from './time-window.ts';

/** Where a reader is within a trace, beside what its address says. */
export interface TracePlace {
  collapsed: ReadonlySet<string>;
  window: TimeWindow | null;
  activeKey: string | undefined;
  scrollTop: number;
}

const MOST_PLACES = 50;
const places = new Map<string, TracePlace>();

/** The place that was left in this trace: who follows a link and comes back finds all as it was, as long as the page is open. */
export function tracePlace(traceId: string): TracePlace {
  const known = places.get(traceId);
  const place = known ?? { collapsed: new Set(), window: null, activeKey: undefined, scrollTop: 0 };
  // The last one that was looked at is the last one to go.
  places.delete(traceId);
  places.set(traceId, place);
  const [oldest] = places.keys();
  if (places.size > MOST_PLACES && oldest !== undefined) places.delete(oldest);
  return place;
}
