import type { TraceView } from '@span-links/explorer-api';
import { useMemo, useRef, useState } from 'react';
import { ArrowChoice, ArrowLegend, DepthChoice, FoldChoice, TableChoice } from '../graph/graph-controls.tsx';
import { linkLegend } from '../graph/link-legend.ts';
import type { ShownGraph } from '../graph/shown-graph.ts';
import { useLinkGraph } from '../graph/use-link-graph.ts';
import { pictureFacts } from '../picture/caption-parts.ts';
import { useElementSize } from '../picture/element-size.ts';
import frame from '../picture/picture-frame.module.css';
import { PictureFrame } from '../picture/picture-frame.tsx';
import { PictureFailure, PictureLoading, PictureNotice } from '../picture/picture-notice.tsx';
import { usePictureView } from '../picture/use-picture-view.ts';
import { layoutLanes } from './lane-layout.ts';
import { compressTime } from './time-compression.ts';
import { TimelinePicture } from './timeline-picture.tsx';
import { TimelineTable } from './timeline-table.tsx';
import { useChosenSources, type ChosenGraph } from './use-chosen-sources.ts';
import { useTimeline } from './use-timeline.ts';

/** This trace and its linked traces, on one time axis. */
export function StitchedTimeline({ trace, spanId }: { trace: TraceView; spanId?: string }) {
  const { folded, graph: whole, error, retry } = useLinkGraph(trace.summary.traceId, MOST_OF_A_KIND);
  const chosen = useChosenSources(whole);
  if (error) return <PictureFailure error={error} onRetry={retry} />;
  if (!folded || !chosen) return <PictureLoading />;
  if (chosen.graph.edges.length === 0) {
    return (
      <PictureNotice title="This trace has no links">
        <p>There is nothing to put beside it on one axis. The waterfall shows all of its own spans.</p>
      </PictureNotice>
    );
  }
  return <LoadedTimeline trace={trace} spanId={spanId} folded={folded} chosen={chosen} />;
}

interface LoadedTimelineProps {
  readonly trace: TraceView;
  readonly spanId: string | undefined;
  readonly folded: ShownGraph;
  readonly chosen: ChosenGraph;
}

// More sources than this are not compared one by one. The timeline then shows those that stand out.
const MOST_OF_A_KIND = 8;

const CHOSEN = 'Lanes: the slowest, the fastest, the longest wait and failures. The strip counts the others.';
const TORN = 'Torn strips are empty and cut short; short work is widened until it can be seen.';
const TOP_LEFT = { x: 0, y: 0 };
const LEAST_WIDTH = 560;
// A scroll bar that appears and disappears must not change the width of the axis.
const SCROLL_BAR = 16;

function LoadedTimeline({ trace, spanId, folded, chosen }: LoadedTimelineProps) {
  const { graph } = chosen;
  const area = useRef<HTMLDivElement>(null);
  const room = useElementSize(area);
  const width = Math.max(LEAST_WIDTH, room.width - SCROLL_BAR);
  const [{ toScale, arrows, table, unfold }, change] = usePictureView();
  const isTable = table === 'true';
  const [pointed, setPointed] = useState<string>();
  const timeline = useTimeline(trace, chosen);
  const layout = useMemo(() => layoutLanes(timeline.lanes, width), [timeline.lanes, width]);
  const time = useMemo(
    () =>
      compressTime(
        timeline.lanes.flatMap(({ work }) => work),
        layout.plotWidth,
        toScale === 'true',
      ),
    [timeline.lanes, layout.plotWidth, toScale],
  );
  const { root, traceId, startTime } = trace.summary;
  const title = `Timeline of ${root.name || 'trace'} (${root.service}) and the traces it is linked with`;
  const description = `${timeline.lanes.length} lanes and ${timeline.arrows.length} links on one time axis.`;
  return (
    <PictureFrame
      area={area}
      isDrawnToWidth
      size={{ width, height: layout.height }}
      unfolded={unfold}
      anchor={TOP_LEFT}
      picture={{
        kind: 'timeline',
        title,
        description,
        name: root.name,
        traceId,
        facts: pictureFacts({ trace: traceId, span: spanId ?? root.spanId }, startTime),
        legend: linkLegend(
          graph,
          'span',
          arrows === 'time',
          ...(chosen.reasons.size > 0 ? [CHOSEN] : []),
          TORN,
        ),
      }}
      controls={
        <>
          <DepthChoice />
          <ScaleChoice />
          <ArrowChoice />
          <FoldChoice graph={folded} />
          <TableChoice isTable={isTable} onChange={(on) => change({ table: on ? 'true' : undefined })} />
        </>
      }
      details={<span className={frame.note}>{pointed ?? 'Point at a bar to see what it is.'}</span>}
      legend={<TimelineLegend chosen={chosen} summarised={timeline.summarised} />}
      table={isTable && <TimelineTable timeline={timeline} />}
    >
      {(drawn) => (
        <TimelinePicture
          {...{ timeline, layout, time, width, area, drawn }}
          isAlongTime={arrows === 'time'}
          selectedSpanId={spanId}
          onPoint={setPointed}
        />
      )}
    </PictureFrame>
  );
}

function ScaleChoice() {
  const [{ toScale }, change] = usePictureView();
  const isOn = toScale === 'true';
  return (
    <button
      type="button"
      className={frame.button}
      aria-pressed={isOn}
      title="Show empty stretches as long as they were"
      onClick={() => change({ toScale: isOn ? undefined : 'true' })}
    >
      True to scale
    </button>
  );
}

function TimelineLegend({
  chosen: { graph, reasons },
  summarised,
}: {
  chosen: ChosenGraph;
  summarised: number;
}) {
  const away = graph.nodes.reduce((sum, node) => sum + (node.kind === 'unresolved' ? node.traceCount : 0), 0);
  return (
    <>
      <ArrowLegend bearer="span" />
      <span>{TORN}</span>
      {reasons.size > 0 && <span>{CHOSEN}</span>}
      {summarised > 0 && <strong>{summarised} traces are shown as one bar each.</strong>}
      {away > 0 && (
        <strong>{away.toLocaleString('en')} linked traces are not here; the link graph says why.</strong>
      )}
    </>
  );
}
