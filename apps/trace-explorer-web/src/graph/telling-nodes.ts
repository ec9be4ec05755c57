import { useQueries } from '@tanstack/react-query';
import { useMemo } from 'react';
import { traceNamesQuery } from '../api/queries.ts';
import { tellingName, type Names } from '../links/telling-attribute.ts';
import type { ShownGraph, TraceNode } from './shown-graph.ts';

const IDS_PER_QUERY = 50;
const NO_NAMES: Names = {};

/** The graph with the attribute that tells each trace from others of its kind. */
export function useTellingNodes(graph: ShownGraph | undefined): ShownGraph | undefined {
  const traceIds = useMemo(
    () => graph?.nodes.flatMap((node) => (node.kind === 'trace' ? [node.traceId] : [])) ?? [],
    [graph],
  );
  const answers = useQueries({
    queries: Array.from({ length: Math.ceil(traceIds.length / IDS_PER_QUERY) }, (_, at) =>
      traceNamesQuery(traceIds.slice(at * IDS_PER_QUERY, (at + 1) * IDS_PER_QUERY)),
    ),
    combine: (results) => results.map(({ data }) => data),
  });
  return useMemo(() => {
    const names = new Map(answers.flatMap((answer) => Object.entries(answer?.names ?? {})));
    return graph && withTelling(graph, names);
  }, [graph, answers]);
}

/** Traces of one service and name show the attribute that differs most between them. */
export function withTelling(graph: ShownGraph, names: ReadonlyMap<string, Names>): ShownGraph {
  if (names.size === 0) return graph;
  const kinds = new Map<string, Names[]>();
  for (const node of graph.nodes) {
    if (node.kind !== 'trace') continue;
    const rows = kinds.get(kindOf(node)) ?? [];
    kinds.set(kindOf(node), [...rows, names.get(node.traceId) ?? NO_NAMES]);
  }
  const keys = new Map([...kinds].map(([kind, rows]) => [kind, tellingName(rows)]));
  const nodes = graph.nodes.map((node) => {
    const key = node.kind === 'trace' ? keys.get(kindOf(node)) : undefined;
    const value = key !== undefined && node.kind === 'trace' ? names.get(node.traceId)?.[key] : undefined;
    return key === undefined || value === undefined ? node : { ...node, telling: { key, value } };
  });
  return { ...graph, nodes };
}

function kindOf({ root }: TraceNode): string {
  return JSON.stringify([root.service, root.name]);
}
