import type { Point } from '../picture/use-picture-zoom.ts';
import { BOX, edgeKey, LABEL_PX, STACK_PX } from './dagre-input.ts';
import { textWidth } from '../picture/fit-text.ts';
import { edgeLabel } from './edge-label.ts';
import { arrowHead, edgePath } from './edge-path.ts';
import type { ShownEdge, ShownNode } from './shown-graph.ts';
import type { LaidOutGraph } from './use-graph-layout.ts';
import styles from './graph-picture.module.css';

interface GraphLinesProps extends LaidOutGraph {
  readonly active: string | undefined;
  readonly isAlongTime: boolean;
}

/**
 * The links between the boxes. Each has an arrow at its target, or, along time, at the trace that
 * has the link.
 */
export function GraphLines({ graph, layout, active, isAlongTime }: GraphLinesProps) {
  const lines = linesOf({ graph, layout }, isAlongTime);
  return (
    // The table has the same content in words.
    <g aria-hidden="true">
      {lines.map(({ edge, path, head }) => (
        <g
          // A new key for a moved line makes it appear together with its boxes.
          key={`${edgeKey(edge)} ${path}`}
          className={styles.line}
          data-active={active === edge.from || active === edge.to || undefined}
        >
          <path d={path} />
          <polygon points={head} />
        </g>
      ))}
      {/* After all lines, otherwise a line could cross the text of another. */}
      {lines.map(({ edge, label }) => (
        <LineLabel key={edgeKey(edge)} text={edgeLabel(edge)} place={label} />
      ))}
    </g>
  );
}

function LineLabel({ text, place: { x, y } }: { text: string; place: Point }) {
  const width = textWidth(text, LABEL_PX) + 4;
  return (
    <g>
      <rect className={styles.labelGround} x={x - width / 2} y={y - 8} width={width} height={16} rx={3} />
      <text className={styles.label} x={x} y={y + 4}>
        {text}
      </text>
    </g>
  );
}

interface Line {
  readonly edge: ShownEdge;
  readonly path: string;
  readonly head: string;
  readonly label: Point;
}

function linesOf({ graph, layout }: LaidOutGraph, isAlongTime: boolean): Line[] {
  const places = new Map(graph.nodes.map((node, place) => [node.id, { node, place }]));
  return graph.edges.flatMap((edge) => {
    const [from, to] = [places.get(edge.from), places.get(edge.to)];
    const line = layout.lines.get(edgeKey(edge));
    if (!from || !to || !line) return [];
    const isTurned = to.place < from.place;
    const [left, right] = isTurned ? [to.node, from.node] : [from.node, to.node];
    const start = sideOf(left, layout.places.get(left.id), 1);
    const end = sideOf(right, layout.places.get(right.id), -1);
    const head = isTurned !== isAlongTime ? arrowHead(start, true) : arrowHead(end, false);
    return { edge, path: edgePath(start, line.bends, end), head, label: line.label };
  });
}

function sideOf({ kind }: ShownNode, middle: Point | undefined, side: 1 | -1): Point {
  const { x, y } = middle ?? { x: 0, y: 0 };
  const stack = kind === 'fold' && side === 1 ? 2 * STACK_PX : 0;
  return { x: x + side * (BOX.width / 2 + 3) + stack, y };
}
