import {
  GRAPH_DEPTHS,
  openFolds,
  toggleFold,
  USUAL_DEPTH,
  type GraphDepth,
} from '../picture/picture-view.ts';
import frame from '../picture/picture-frame.module.css';
import { usePictureView } from '../picture/use-picture-view.ts';
import type { FoldNode, ShownGraph } from './shown-graph.ts';

/** How far the links are followed. */
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

/** Opens and closes folds; once open, there is no box left that could close one. */
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

// The toolbar keeps its height, whatever a span is called.
function shortened(name: string): string {
  const letters = [...name];
  return letters.length > 24 ? `${letters.slice(0, 23).join('')}…` : name;
}
