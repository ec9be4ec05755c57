import {
  GRAPH_DEPTHS,
  openFolds,
  toggleFold,
  USUAL_DEPTH,
  type GraphDepth,
} from '../picture/picture-view.ts';
import frame from '../picture/picture-frame.module.css';
import { usePictureView } from '../picture/use-picture-view.ts';
import { arrowSentence } from './link-legend.ts';
import type { FoldNode, ShownGraph } from './shown-graph.ts';

/** The number of steps to follow links. */
export function DepthChoice() {
  const [{ depth = USUAL_DEPTH }, change] = usePictureView();
  return (
    <label className={frame.field}>
      Depth
      <select
        value={depth}
        title="How many links away from this trace"
        onChange={(event) => {
          const next = Number(event.target.value) as GraphDepth;
          change({ depth: next === USUAL_DEPTH ? undefined : next });
        }}
      >
        {GRAPH_DEPTHS.map((steps) => (
          <option key={steps} value={steps}>
            {steps} {steps === 1 ? 'link' : 'links'}
          </option>
        ))}
      </select>
    </label>
  );
}

/** The direction of arrows. */
export function ArrowChoice() {
  const [{ arrows }, change] = usePictureView();
  const isOn = arrows === 'time';
  return (
    <button
      type="button"
      className={frame.button}
      aria-pressed={isOn}
      title="Arrows point from the earlier work to the later work, not from a link to its target"
      onClick={() => change({ arrows: isOn ? undefined : 'time' })}
    >
      Arrows along time
    </button>
  );
}

/** Explains an arrow. */
export function ArrowLegend({ bearer }: { readonly bearer: 'span' | 'trace' }) {
  const [{ arrows }] = usePictureView();
  return <span>{arrowSentence(bearer, arrows === 'time')}</span>;
}

/** Opens and closes folds. An open fold has no box of its own that could close it. */
export function FoldChoice({ graph }: { graph: ShownGraph }) {
  const [view, change] = usePictureView();
  const open = openFolds(view);
  const folds = graph.nodes.filter(
    (node): node is FoldNode => node.kind === 'fold' && node.traceIds.length > 0,
  );
  return folds.map(({ key, name, traceCount, traceIds }) => (
    <button
      key={key}
      type="button"
      className={frame.button}
      aria-pressed={open.has(key)}
      title={traceCount > traceIds.length ? `The earliest ${traceIds.length} one by one` : 'One by one'}
      onClick={() => change({ unfold: toggleFold(view, key) })}
    >
      {open.has(key) ? 'Fold' : 'Unfold'} {traceCount.toLocaleString('en')} × {shortened(name)}
    </button>
  ));
}

export function TableChoice({
  isTable,
  onChange,
}: {
  isTable: boolean;
  onChange: (isTable: boolean) => void;
}) {
  return (
    <button type="button" className={frame.button} aria-pressed={isTable} onClick={() => onChange(!isTable)}>
      As a table
    </button>
  );
}

// Keeps the height of the toolbar with any span name.
function shortened(name: string): string {
  const letters = [...name];
  return letters.length > 24 ? `${letters.slice(0, 23).join('')}…` : name;
}
