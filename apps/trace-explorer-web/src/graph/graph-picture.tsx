import { useState, type KeyboardEvent, type RefObject } from 'react';
import type { Mark } from '../picture/nearest-mark.ts';
import type { PictureSize } from '../picture/picture-size.ts';
import { useMarks } from '../picture/use-marks.ts';
import { GraphBox } from './graph-box.tsx';
import { GraphLines } from './graph-lines.tsx';
import type { LaidOutGraph } from './use-graph-layout.ts';
import styles from './graph-picture.module.css';

interface GraphPictureProps extends LaidOutGraph {
  readonly area: RefObject<HTMLDivElement | null>;
  readonly drawn: PictureSize;
  /** True if arrows point from the target to the link. */
  readonly isAlongTime: boolean;
  readonly onUnfold: (foldKey: string) => void;
  /** Called with the box under the pointer or with the focus. */
  readonly onPoint: (id: string | undefined) => void;
}

/** The boxes and their links. */
export function GraphPicture(props: GraphPictureProps) {
  const { graph, layout, area, drawn, isAlongTime, onUnfold, onPoint } = props;
  const [active, setActive] = useState<string>();
  const marks: Mark[] = graph.nodes.flatMap(({ id }) => {
    const place = layout.places.get(id);
    return place ? { id, ...place } : [];
  });
  const { current, choose, onKeyDown } = useMarks(area, marks, graph.focus);
  const point = (id: string | undefined) => {
    setActive(id);
    onPoint(id);
  };
  return (
    <svg
      className={styles.picture}
      width={drawn.width}
      height={drawn.height}
      viewBox={`0 0 ${layout.width} ${layout.height}`}
      role="group"
      aria-label="Link graph. The arrow keys go from box to box, Enter opens one."
      onKeyDown={(event: KeyboardEvent) => onKeyDown(event)}
    >
      <GraphLines graph={graph} layout={layout} active={active} isAlongTime={isAlongTime} />
      {graph.nodes.map((node) => {
        const place = layout.places.get(node.id);
        return (
          place && (
            <GraphBox
              key={node.id}
              node={node}
              place={place}
              isFocus={node.id === graph.focus}
              isCurrent={node.id === current}
              onUnfold={onUnfold}
              onPoint={point}
              onFocus={(id) => {
                choose(id);
                point(id);
              }}
            />
          )
        );
      })}
    </svg>
  );
}
