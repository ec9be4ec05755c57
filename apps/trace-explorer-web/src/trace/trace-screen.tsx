import type { TraceView } from '@span-links/explorer-api';
import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import type { LiveState } from '../api/live.ts';
import { SpanPanel } from '../span-detail/span-panel.tsx';
import type { Crumb } from './crumbs.ts';
import { HelpDialog } from './help-dialog.tsx';
import { exportLink } from '../api/export-link.ts';
import { nextOf } from './span-search.ts';
import { useStoredNumber } from './stored-setting.ts';
import { TraceBar } from './trace-bar.tsx';
import { traceCommands } from './trace-commands.ts';
import { TraceHeader } from './trace-header.tsx';
import { TracePanes } from './trace-panes.tsx';
import styles from './trace-screen.module.css';
import { useSelection, type Selection } from './use-selection.ts';
import { useTraceKeys } from './use-trace-keys.ts';
import { useWaterfall, type Waterfall } from './use-waterfall.ts';
import { WaitNotice } from './wait-notice.tsx';
import { WaterfallView } from './waterfall-view.tsx';

const GraphView = lazy(() =>
  import('../graph/graph-view.tsx').then((module) => ({ default: module.GraphView })),
);
const StitchedTimeline = lazy(() =>
  import('../timeline/stitched-timeline.tsx').then((module) => ({ default: module.StitchedTimeline })),
);

interface TraceScreenProps {
  readonly trace: TraceView;
  readonly crumbs: readonly Crumb[];
  readonly live: LiveState;
}

/** A loaded trace in one of its views. */
export function TraceScreen({ trace, crumbs, live }: TraceScreenProps) {
  const { traceId } = trace.summary;
  const selection = useSelection();
  const waterfall = useWaterfall(traceId, trace.spans);
  const [isHelpOpen, setHelpOpen] = useState(false);
  const [characters, setCharacters] = useStoredNumber('character-keys', 1);
  const [searchField, setSearchField] = useState<HTMLInputElement | null>(null);
  const commands = traceCommands(waterfall, selection, {
    focusSearch: () => searchField?.select(),
    showHelp: () => setHelpOpen(true),
  });
  useTraceKeys(commands, characters !== 0, selection.view === 'waterfall');
  useLanding(waterfall, selection);
  const { view, spanId } = selection;
  return (
    <div className={styles.screen} data-view={view}>
      <TraceHeader
        trace={trace}
        view={view}
        crumbs={crumbs}
        live={live}
        onNextError={() => {
          if (view !== 'waterfall') commands.waterfall();
          commands.nextError();
        }}
        onNextLink={(direction) => showNextLink(waterfall, selection, direction)}
      />
      {view === 'waterfall' && (
        <>
          <TraceBar trace={trace} waterfall={waterfall} commands={commands} searchField={setSearchField} />
          <TruncationNote trace={trace} />
          <TracePanes
            isOpen={spanId !== undefined}
            onClose={commands.close}
            panel={<SpanPanel trace={trace} selection={selection} onClose={commands.close} />}
          >
            <WaterfallView
              traceId={traceId}
              waterfall={waterfall}
              selection={selection}
              commands={commands}
            />
          </TracePanes>
        </>
      )}
      <Suspense fallback={<WaitNotice>Drawing…</WaitNotice>}>
        {view === 'graph' && <GraphView trace={trace} {...(spanId && { spanId })} />}
        {view === 'timeline' && <StitchedTimeline trace={trace} {...(spanId && { spanId })} />}
      </Suspense>
      <HelpDialog
        isOpen={isHelpOpen}
        onOpenChange={setHelpOpen}
        characters={characters !== 0}
        onCharacters={(on) => setCharacters(on ? 1 : 0)}
      />
    </div>
  );
}

function TruncationNote({ trace: { truncated, summary, spans } }: { readonly trace: TraceView }) {
  if (!truncated) return null;
  return (
    <p className={styles.truncated} role="note">
      This trace has {summary.spanCount.toLocaleString()} spans. The first {spans.length.toLocaleString()} by
      start time are shown;{' '}
      <a href={exportLink([summary.traceId]).href} download={`trace-${summary.traceId}.jsonl`}>
        download all of them
      </a>
      .
    </p>
  );
}

// Scrolls once to the span in the address, as soon as it is received. Only once, because its place
// may change while the trace grows, and the reader may have moved on.
function useLanding({ tree, goTo }: Waterfall, { spanId, isOwn }: Selection): void {
  const landed = useRef<string | undefined>(undefined);
  useEffect(() => {
    if (landed.current === spanId) return;
    if (spanId === undefined) {
      landed.current = undefined;
      return;
    }
    const index = tree.indexOf.get(spanId);
    if (index === undefined) return;
    landed.current = spanId;
    if (!isOwn(spanId)) goTo(index, { takesFocus: false, align: 'center' });
  }, [tree, goTo, spanId, isOwn]);
}

function showNextLink(waterfall: Waterfall, selection: Selection, direction: 'out' | 'in'): void {
  const { tree, rows, activeRow, goTo } = waterfall;
  const linked = tree.nodes.flatMap(({ span }, index) =>
    (direction === 'out' ? span.linkCount : span.backlinkCount) > 0 ? [index] : [],
  );
  // The first click shows the first one, even if the reader is already there.
  const here = selection.spanId === undefined ? -1 : (rows[activeRow] ?? -1);
  const next = nextOf(linked, here, 1);
  const node = next === undefined ? undefined : tree.nodes[next];
  if (next === undefined || !node) return;
  goTo(next, { takesFocus: false, align: 'center' });
  selection.select(node.span.spanId, 'links');
}
