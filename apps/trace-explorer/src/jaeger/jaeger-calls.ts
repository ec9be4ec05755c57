import type { Dependencies } from '@span-links/trace-store';

/** An edge of Jaeger's dependency graph. */
export interface JaegerCall {
  readonly parent: string;
  readonly child: string;
  readonly callCount: number;
}

/**
 * Calls between services, and links between them in the same direction: the work flows from a
 * link's target to the linking span. Jaeger has no other place for links, and without them a queue
 * divides its picture in two.
 */
export function jaegerCalls({ calls, links }: Dependencies): JaegerCall[] {
  const flows = [
    ...calls.map(({ from, to, count }) => ({ parent: from, child: to, count })),
    ...links.map(({ from, to, count }) => ({ parent: to, child: from, count })),
  ];
  const merged = new Map<string, JaegerCall>();
  for (const { parent, child, count } of flows) {
    if (parent === child) continue;
    const key = JSON.stringify([parent, child]);
    merged.set(key, { parent, child, callCount: (merged.get(key)?.callCount ?? 0) + count });
  }
  return [...merged.values()];
}
