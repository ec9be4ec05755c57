import type { TracePage, TraceSummary } from '@span-links/explorer-api';
import { keepPreviousData, useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { get } from '../api/client.ts';
import type { FoldNode, ShownGraph } from './shown-graph.ts';
import { unfold } from './unfold.ts';

// A search may have 2,000 characters, and an ID takes 33 of them.
const IDS_PER_QUERY = 55;

/** The members of a fold that the server names: the earliest hundred. */
export function useFoldMembers(
  focus: string,
  folds: readonly FoldNode[],
): ReadonlyMap<string, readonly TraceSummary[]> {
  const chunks = folds.flatMap(({ id, traceIds }) =>
    Array.from({ length: Math.ceil(traceIds.length / IDS_PER_QUERY) }, (_, at) => ({
      id,
      q: `trace=${traceIds.slice(at * IDS_PER_QUERY, (at + 1) * IDS_PER_QUERY).join(',')}`,
    })),
  );
  const pages = useQueries({
    queries: chunks.map(({ q }) => ({
      queryKey: ['trace', focus, 'members', q],
      queryFn: ({ signal }: { signal: AbortSignal }) =>
        get<TracePage>('/traces', { q, limit: IDS_PER_QUERY }, signal),
      placeholderData: keepPreviousData,
    })),
    combine: combinePages,
  });
  const owners = chunks.map(({ id }) => id).join();
  return useMemo(() => {
    const members = new Map<string, TraceSummary[]>();
    owners
      .split(',')
      .forEach((id, at) => members.set(id, [...(members.get(id) ?? []), ...(pages[at] ?? [])]));
    return members;
  }, [pages, owners]);
}

/** The graph with its open folds unfolded. */
export function useOpenFolds(
  graph: ShownGraph | undefined,
  open: ReadonlySet<string>,
): ShownGraph | undefined {
  const folds = useMemo(
    () => graph?.nodes.filter((node): node is FoldNode => node.kind === 'fold' && open.has(node.key)) ?? [],
    [graph, open],
  );
  const members = useFoldMembers(graph?.focus ?? '', folds);
  return useMemo(
    () => graph && folds.reduce((shown, fold) => unfold(shown, fold, members.get(fold.id) ?? []), graph),
    [graph, folds, members],
  );
}

function combinePages(results: readonly { readonly data?: TracePage | undefined }[]) {
  return results.map(({ data }) => data?.traces);
}
