import { Link } from '@tanstack/react-router';
import type { KeyboardEvent, ReactNode } from 'react';
import { fitText, fitTitle } from '../picture/fit-text.ts';
import type { Point } from '../picture/use-picture-zoom.ts';
import { serviceColour } from '../service/service-colour.ts';
import { BOX, STACK_PX } from './dagre-input.ts';
import { nodeSentence, nodeText } from './node-text.ts';
import type { ShownNode } from './shown-graph.ts';
import styles from './graph-picture.module.css';

// Bold letters of 13 px are as wide as normal letters of this size.
const BOLD_TITLE_PX = 14.5;

interface GraphBoxProps {
  readonly node: ShownNode;
  readonly place: Point;
  readonly isFocus: boolean;
  /** True for the box that Tab reaches. The arrow keys lead to the other boxes from there. */
  readonly isCurrent: boolean;
  readonly onUnfold: (foldKey: string) => void;
  readonly onPoint: (id: string | undefined) => void;
  readonly onFocus: (id: string) => void;
}

/** A trace, a fold or a missing target, as a box that opens it. */
export function GraphBox({ node, place, isFocus, isCurrent, onUnfold, onPoint, onFocus }: GraphBoxProps) {
  const opened = node.kind === 'fold' && node.traceIds.length > 0 && !node.isRest ? node.key : undefined;
  const sentence = `${isFocus ? 'This trace: ' : ''}${nodeSentence(node)}`;
  const shared = {
    className: styles.box,
    'data-mark': node.id,
    'data-kind': node.kind,
    'data-focus': isFocus || undefined,
    tabIndex: isCurrent ? 0 : -1,
    // Its name is its visible text; the hidden rest follows.
    'aria-description': sentence,
    onFocus: () => onFocus(node.id),
    onPointerEnter: () => onPoint(node.id),
    onPointerLeave: () => onPoint(undefined),
    style: { transform: `translate(${place.x - BOX.width / 2}px, ${place.y - BOX.height / 2}px)` },
  };
  const contents = <BoxContents node={node} isFocus={isFocus} />;
  if (node.kind === 'trace') {
    return (
      <Link
        to="/trace/$traceId"
        params={{ traceId: node.traceId }}
        search={{ spanId: node.root.spanId }}
        {...shared}
      >
        {contents}
      </Link>
    );
  }
  if (opened === undefined) {
    return (
      <g role="img" {...shared} aria-label={sentence}>
        {contents}
      </g>
    );
  }
  const unfold = () => onUnfold(opened);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' && event.key !== ' ') return;
    event.preventDefault();
    unfold();
  };
  return (
    <g role="button" {...shared} aria-expanded={false} onClick={unfold} onKeyDown={onKeyDown}>
      {contents}
    </g>
  );
}

function BoxContents({ node, isFocus }: { node: ShownNode; isFocus: boolean }): ReactNode {
  const { title, telling, subtitle, facts, errors, message } = nodeText(node);
  const service = node.kind === 'trace' ? node.root.service : node.kind === 'fold' ? node.service : undefined;
  const textRoom = BOX.width - 28;
  return (
    <>
      {node.kind === 'fold' &&
        [2, 1].map((step) => (
          <rect key={step} className={styles.stack} {...BOX} x={step * STACK_PX} y={step * STACK_PX} rx={6} />
        ))}
      <rect className={styles.frame} {...BOX} rx={6} />
      {service !== undefined && (
        <rect
          x={8}
          y={10}
          width={4}
          height={BOX.height - 20}
          rx={2}
          style={{ fill: serviceColour(service) }}
        />
      )}
      <text className={styles.title} x={20} y={24}>
        {fitTitle(title, telling, isFocus ? textRoom - 72 : textRoom, BOLD_TITLE_PX)}{' '}
      </text>
      {isFocus && (
        <text className={styles.here} x={BOX.width - 10} y={24}>
          this trace{' '}
        </text>
      )}
      <text className={styles.quiet} x={20} y={43}>
        {fitText(subtitle, errors === '' ? textRoom : textRoom - 92, 12)}{' '}
      </text>
      {errors !== '' && (
        <text className={styles.errors} x={BOX.width - 10} y={43}>
          {`⚠ ${errors} `}
        </text>
      )}
      <text className={message === undefined ? styles.quiet : styles.message} x={20} y={62}>
        {fitText(message ?? facts, textRoom, 12)}
      </text>
    </>
  );
}
