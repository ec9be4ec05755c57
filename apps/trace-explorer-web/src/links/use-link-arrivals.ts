import type { LinkPage, LiveTraces, SpanSummary } from '@span-links/explorer-api';
import { useQueryClient, type InfiniteData, type QueryClient } from '@tanstack/react-query';
import { useCallback, useEffect, useRef } from 'react';
import { useLive } from '../api/live.ts';

/** A batch's sources may come in one by one. Their links are queried at most this often. */
const PAUSE_MS = 1_000;

/**
 * Queries a span's links again when a missing target comes in. This does not change the span's own
 * trace, so nothing else would query them.
 */
export function useLinkArrivals({ traceId, spanId }: Pick<SpanSummary, 'traceId' | 'spanId'>): void {
  const client = useQueryClient();
  const timer = useRef<number | undefined>(undefined);
  const onTraces = useCallback(
    (event: LiveTraces) => {
      if (timer.current !== undefined || !awaitsOne(client, traceId, spanId, event)) return;
      void client.invalidateQueries({ queryKey: linksKey(traceId, spanId) });
      // Queried at once, and again for targets that come in just after: the server remembers totals
      // of many links for a moment.
      timer.current = window.setTimeout(() => {
        timer.current = undefined;
        void client.invalidateQueries({ queryKey: linksKey(traceId, spanId) });
      }, PAUSE_MS);
    },
    [client, traceId, spanId],
  );
  useEffect(
    () => () => {
      window.clearTimeout(timer.current);
      timer.current = undefined;
    },
    [onTraces],
  );
  useLive(onTraces);
}

function awaitsOne(client: QueryClient, traceId: string, spanId: string, { traces }: LiveTraces): boolean {
  const arrived = new Set(traces.map((trace) => trace.traceId));
  return client
    .getQueriesData<InfiniteData<LinkPage>>({ queryKey: linksKey(traceId, spanId) })
    .some(([, data]) =>
      data?.pages?.some(({ links }) =>
        links.some((link) => !link.other.resolved && arrived.has(link.traceId)),
      ),
    );
}

function linksKey(traceId: string, spanId: string) {
  return ['trace', traceId, 'links', spanId];
}
