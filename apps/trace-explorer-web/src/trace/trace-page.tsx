import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useLive } from '../api/live.ts';
import { traceQuery } from '../api/queries.ts';
import { TraceMissing } from './trace-missing.tsx';
import { TraceScreen } from './trace-screen.tsx';
import { useCrumbs } from './use-crumbs.ts';
import { WaitNotice } from './wait-notice.tsx';

const route = getRouteApi('/trace/$traceId');

/** A trace: loading, missing, or shown and growing. */
export function TracePage() {
  const { traceId } = route.useParams();
  const search = route.useSearch();
  const live = useLive();
  const { data: trace, error, refetch } = useQuery(traceQuery(traceId));
  const root = trace?.summary.root;
  const crumbs = useCrumbs(traceId, search, root);
  useEffect(() => {
    document.title = root ? `${root.name} · ${root.service} – Span Links` : 'Trace – Span Links';
    return () => {
      document.title = 'Span Links';
    };
  }, [root]);
  // Received data stays on the screen when a later answer fails.
  if (trace) return <TraceScreen key={traceId} trace={trace} crumbs={crumbs} live={live} />;
  if (error) return <TraceMissing traceId={traceId} error={error} onRetry={() => void refetch()} />;
  return <WaitNotice>Opening the trace…</WaitNotice>;
}
