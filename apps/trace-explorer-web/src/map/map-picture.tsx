import type { MapNode } from '@span-links/explorer-api';
import { Link } from '@tanstack/react-router';
import { useState, type RefObject } from 'react';
import { arrowHead, edgePath } from '../graph/edge-path.ts';
import type { GraphLayout } from '../graph/graph-layout.ts';
import { fitText, textWidth } from '../picture/fit-text.ts';
import type { PictureSize } from '../picture/picture-size.ts';
import { useMarks } from '../picture/use-marks.ts';
import type { Point } from '../picture/use-picture-zoom.ts';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import {
  LABEL_PX,
  lineLabel,
  lineSentence,
  NODE,
  nodeQuery,
  nodeSentence,
  rate,
  share,
  type MapLine,
  type ShownMap,
} from './map-graph.ts';
import styles from './map-picture.module.css';

interface MapPictureProps {
  readonly shown: ShownMap;
  readonly layout: GraphLayout;
  readonly area: RefObject<HTMLDivElement | null>;
  readonly drawn: PictureSize;
  /** Called with a description of the element under the pointer. */
  readonly onPoint: (sentence: string | undefined) => void;
}

/** Operations as boxes; calls as solid lines, links as dashed ones. */
export function MapPicture({ shown, layout, area, drawn, onPoint }: MapPictureProps) {
  const [active, setActive] = useState<number>();
  const marks = shown.nodes.flatMap(({ id }) => {
    const place = layout.places.get(String(id));
    return place ? { id: String(id), ...place } : [];
  });
  const { current, choose, onKeyDown } = useMarks(area, marks, marks[0]?.id ?? '');
  const drawnLines = shown.lines.flatMap((line) => lineShape(line, layout) ?? []);
  return (
    <svg
      className={styles.picture}
      width={drawn.width}
      height={drawn.height}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      role="group"
      aria-label="Map of operations. The arrow keys go from box to box, Enter shows the journeys through it."
      onKeyDown={onKeyDown}
    >
      {drawnLines.map(({ line, path, head }) => (
        <g
          key={line.key}
          className={line.link ? styles.link : styles.call}
          data-active={active === line.from || active === line.to || undefined}
          data-failed={line.errors > 0 || undefined}
          aria-hidden="true"
        >
          <path d={path} />
          <polygon points={head} />
        </g>
      ))}
      {drawnLines.map(({ line, label }) =>
        line.link ? (
          <LinkLabel key={line.key} line={line} shown={shown} place={label} onPoint={onPoint} />
        ) : null,
      )}
      {shown.nodes.map((node) => {
        const place = layout.places.get(String(node.id));
        return (
          place && (
            <NodeLink
              key={node.id}
              node={node}
              shown={shown}
              place={place}
              isCurrent={String(node.id) === current}
              onFocus={() => choose(String(node.id))}
              onPoint={(isOn) => {
                setActive(isOn ? node.id : undefined);
                onPoint(isOn ? nodeSentence(node, shown) : undefined);
              }}
            />
          )
        );
      })}
    </svg>
  );
}

interface NodeLinkProps {
  readonly node: MapNode;
  readonly shown: ShownMap;
  readonly place: Point;
  readonly isCurrent: boolean;
  readonly onFocus: () => void;
  readonly onPoint: (isOn: boolean) => void;
}

/** An operation. It leads to the journeys through it. */
function NodeLink({ node, shown, place, isCurrent, onFocus, onPoint }: NodeLinkProps) {
  return (
    <Link
      to="/"
      search={{ q: nodeQuery(node) }}
      className={styles.node}
      data-mark={node.id}
      tabIndex={isCurrent ? 0 : -1}
      aria-description={nodeSentence(node, shown)}
      onPointerEnter={() => onPoint(true)}
      onPointerLeave={() => onPoint(false)}
      onFocus={() => {
        onFocus();
        onPoint(true);
      }}
      style={{ transform: `translate(${place.x - NODE.width / 2}px, ${place.y - NODE.height / 2}px)` }}
    >
      <NodeBox node={node} shown={shown} />
    </Link>
  );
}

function NodeBox({ node, shown }: { readonly node: MapNode; readonly shown: ShownMap }) {
  const room = NODE.width - 30;
  const waiting = shown.waitingAt.get(node.id);
  const fanIn = node.fanIn !== null && node.fanIn.p50 > 1 ? `, ${node.fanIn.p50} links each` : '';
  const figures = `${rate(node.count, shown.minutes)} · p95 ${formatDuration(node.p95Ns)}`;
  const failed = node.errors > 0 ? `✗ ${share(node.errors, node.count)}` : '';
  return (
    <>
      <rect className={styles.frame} {...NODE} rx={6} data-failed={node.errors > 0 || undefined} />
      <rect
        x={8}
        y={10}
        width={4}
        height={NODE.height - 20}
        rx={2}
        style={{ fill: serviceColour(node.service) }}
      />
      <text className={styles.title} x={20} y={23}>
        {fitText(node.operation || '(no name)', waiting ? room - 64 : room, 14)}
      </text>
      <text className={styles.quiet} x={20} y={42}>
        {fitText(node.service + fanIn, room, 12)}
      </text>
      {waiting && (
        <text className={styles.waiting} x={NODE.width - 10} y={23}>
          {waiting.count.toLocaleString('en')} {waiting.count === 1 ? 'waits' : 'wait'}
        </text>
      )}
      <text className={styles.quiet} x={20} y={62}>
        {fitText(figures, room - (failed === '' ? 0 : textWidth(failed, 12) + 8), 12)}
      </text>
      <text className={styles.failed} x={NODE.width - 10} y={62}>
        {failed}
      </text>
    </>
  );
}

/** The figures of a link. They lead to the journeys that crossed it. */
function LinkLabel({
  line,
  shown,
  place: { x, y },
  onPoint,
}: {
  readonly line: MapLine;
  readonly shown: ShownMap;
  readonly place: Point;
  readonly onPoint: MapPictureProps['onPoint'];
}) {
  const text = lineLabel(line, shown.minutes);
  const width = textWidth(text, LABEL_PX) + 10;
  const sentence = lineSentence(line, shown);
  return (
    <Link
      to="/"
      search={{ link: line.link!.id }}
      className={styles.label}
      aria-label={`${text}: ${sentence}. Show the journeys`}
      onPointerEnter={() => onPoint(sentence)}
      onPointerLeave={() => onPoint(undefined)}
      onFocus={() => onPoint(sentence)}
    >
      <rect x={x - width / 2} y={y - 12} width={width} height={24} rx={12} />
      <text x={x} y={y + 4}>
        {text}
      </text>
    </Link>
  );
}

function lineShape(line: MapLine, layout: GraphLayout) {
  const [from, to] = [layout.places.get(String(line.from)), layout.places.get(String(line.to))];
  const bends = layout.lines.get(line.key);
  if (!from || !to || !bends) return undefined;
  // A call back to an earlier operation runs from right to left.
  const side = to.x >= from.x ? 1 : -1;
  const start = { x: from.x + side * (NODE.width / 2 + 2), y: from.y };
  const end = { x: to.x - side * (NODE.width / 2 + 3), y: to.y };
  return {
    line,
    path: edgePath(start, bends.bends, end),
    head: arrowHead(end, side < 0),
    label: bends.label,
  };
}
