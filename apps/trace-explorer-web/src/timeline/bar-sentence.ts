import type { SpanSummary } from '@span-links/explorer-api';
import { formatDuration } from '../time/duration.ts';
import { formatInstantInZone } from '../time/instant.ts';

/** A bar in words. */
export function barSentence(span: SpanSummary): string {
  const { name, service, startTime, durationNs, status, linkCount, backlinkCount, message } = span;
  return [
    name || 'no name',
    service,
    formatInstantInZone(startTime),
    formatDuration(durationNs),
    status === 'error' && (message === null ? 'error' : `error: ${message}`),
    linkCount > 0 && `↗ ${linkCount.toLocaleString('en')} links`,
    backlinkCount > 0 && `↙ linked from ${backlinkCount.toLocaleString('en')}`,
  ]
    .filter((part) => part !== false)
    .join(' · ');
}
