import type { SpanSummary } from '@span-links/explorer-api';

export interface ServiceCount {
  readonly service: string;
  readonly spans: number;
  readonly errors: number;
}

/** The services of a trace, busiest first. */
export function serviceCounts(spans: readonly SpanSummary[]): ServiceCount[] {
  const counts = new Map<string, { service: string; spans: number; errors: number }>();
  for (const { service, status } of spans) {
    const count = counts.get(service) ?? { service, spans: 0, errors: 0 };
    count.spans++;
    if (status === 'error') count.errors++;
    counts.set(service, count);
  }
  return [...counts.values()].sort((a, b) => b.spans - a.spans || a.service.localeCompare(b.service));
}
