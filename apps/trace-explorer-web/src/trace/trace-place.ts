/** The reader's place within a trace, besides the address. */
export interface TracePlace {
  collapsed: ReadonlySet<string>;
  activeKey: string | undefined;
  scrollTop: number;
}

const MOST_PLACES = 50;
const places = new Map<string, TracePlace>();

/**
 * The last place in this trace. A reader who follows a link and comes back finds everything
 * unchanged while the page is open.
 */
export function tracePlace(traceId: string): TracePlace {
  const known = places.get(traceId);
  const place = known ?? { collapsed: new Set(), activeKey: undefined, scrollTop: 0 };
  // The most recently used place is dropped last.
  places.delete(traceId);
  places.set(traceId, place);
  const [oldest] = places.keys();
  if (places.size > MOST_PLACES && oldest !== undefined) places.delete(oldest);
  return place;
}
