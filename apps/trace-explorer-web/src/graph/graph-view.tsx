import type { TraceView } from '@span-links/explorer-api';
import { useRef, useState } from 'react';
import { pictureFacts } from '../picture/caption-parts.ts';
import { toggleFold } from '../picture/picture-view.ts';
import { PictureFrame } from '../picture/picture-frame.tsx';
import { PictureFailure, PictureLoading, PictureNotice } from '../picture/picture-notice.tsx';
import { usePictureView } from '../picture/use-picture-view.ts';
import frame from '../picture/picture-frame.module.css';
import { ArrowChoice, ArrowLegend, DepthChoice, FoldChoice, TableChoice } from './graph-controls.tsx';
import { linkLegend } from './link-legend.ts';
import { GraphPicture } from './graph-picture.tsx';
import { GraphTable } from './graph-table.tsx';
import { nodeSentence } from './node-text.ts';
import type { ShownGraph } from './shown-graph.ts';
import { useGraphLayout, type LaidOutGraph } from './use-graph-layout.ts';
import { useLinkGraph } from './use-link-graph.ts';

/** The traces around this one as boxes, their links as arrows. */
export function GraphView({ trace, spanId }: { trace: TraceView; spanId?: string }) {
  const { folded, graph, error, retry } = useLinkGraph(trace.summary.traceId);
  const laidOut = useGraphLayout(graph);
  if (error) return <PictureFailure error={error} onRetry={retry} />;
  if (graph?.edges.length === 0) {
    return (
      <PictureNotice title="This trace has no links">
        <p>
          None of its spans links to another trace, and no trace that is here links to it. One that comes in
          later appears by itself.
        </p>
      </PictureNotice>
    );
  }
  if (!folded || !laidOut) return <PictureLoading />;
  return <LoadedGraph trace={trace} spanId={spanId} folded={folded} laidOut={laidOut} />;
}

function LoadedGraph({
  trace,
  spanId,
  folded,
  laidOut,
}: {
  trace: TraceView;
  spanId: string | undefined;
  folded: ShownGraph;
  laidOut: LaidOutGraph;
}) {
  const { graph, layout } = laidOut;
  const { root, traceId, startTime } = trace.summary;
  const area = useRef<HTMLDivElement>(null);
  const [view, change] = usePictureView();
  const isTable = view.table === 'true';
  const [pointed, setPointed] = useState<string>();
  const node =
    graph.nodes.find(({ id }) => id === pointed) ?? graph.nodes.find(({ id }) => id === graph.focus);
  const title = `Link graph of ${root.name || 'trace'} (${root.service})`;
  return (
    <PictureFrame
      area={area}
      size={layout}
      unfolded={view.unfold}
      anchor={layout.places.get(graph.focus) ?? { x: 0, y: 0 }}
      picture={{
        kind: 'link-graph',
        title,
        description: describe(graph),
        name: root.name,
        traceId,
        facts: pictureFacts({ trace: traceId, span: spanId ?? root.spanId }, startTime),
        legend: linkLegend(graph, 'trace', view.arrows === 'time', 'Time goes from left to right.'),
      }}
      controls={
        <>
          <DepthChoice />
          <ArrowChoice />
          <FoldChoice graph={folded} />
          <TableChoice isTable={isTable} onChange={(on) => change({ table: on ? 'true' : undefined })} />
        </>
      }
      details={node && <span>{nodeSentence(node)}</span>}
      legend={<GraphLegend isTruncated={graph.truncated} />}
      table={isTable && <GraphTable graph={graph} />}
    >
      {(drawn) => (
        <GraphPicture
          {...laidOut}
          area={area}
          drawn={drawn}
          isAlongTime={view.arrows === 'time'}
          onPoint={setPointed}
          onUnfold={(key) => change({ unfold: toggleFold(view, key) })}
        />
      )}
    </PictureFrame>
  );
}

function GraphLegend({ isTruncated }: { isTruncated: boolean }) {
  return (
    <>
      <span>Time goes from left to right.</span>
      <ArrowLegend bearer="trace" />
      {isTruncated && (
        <strong className={frame.note}>
          There are more links further out: raise the depth, or open a trace at the edge.
        </strong>
      )}
    </>
  );
}

function describe({ nodes, edges }: ShownGraph): string {
  return `${nodes.length} boxes and ${edges.length} edges. ${nodes.map(nodeSentence).slice(0, 50).join('; ')}.`;
}
