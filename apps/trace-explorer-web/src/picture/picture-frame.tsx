import { useLayoutEffect, type KeyboardEvent, type ReactNode, type RefObject } from 'react';
import { ExportButtons, type ExportedPicture } from './export-buttons.tsx';
import type { PictureSize } from './picture-size.ts';
import { selfContainedSvg } from './self-contained-svg.ts';
import { usePictureDrag } from './use-picture-drag.ts';
import { usePictureZoom, type Point } from './use-picture-zoom.ts';
import styles from './picture-frame.module.css';

interface PictureFrameProps {
  readonly picture: ExportedPicture;
  readonly size: PictureSize;
  /** Keeps its place on the screen when the picture changes around it. */
  readonly anchor: Point;
  /** True if the picture is drawn for the width of its area. */
  readonly isDrawnToWidth?: boolean;
  /** Opens with the whole picture in sight if half its size is enough. */
  readonly opensAsOverview?: boolean;
  /** What the reader has unfolded. The picture fits its area again when this changes. */
  readonly unfolded?: string | undefined;
  readonly controls: ReactNode;
  readonly legend: ReactNode;
  /**
   * The details of the element under the pointer. Their place is always reserved, so nothing moves.
   */
  readonly details: ReactNode;
  /** Shown instead of the picture. */
  readonly table: ReactNode;
  readonly area: RefObject<HTMLDivElement | null>;
  readonly children: (drawn: PictureSize) => ReactNode;
}

const STEP = 1.25;

/** A picture with its controls above, in an area that scrolls and zooms. */
export function PictureFrame(props: PictureFrameProps) {
  const { picture, size, anchor, controls, legend, details, table, area, children } = props;
  const { zoom, zoomBy, fit } = usePictureZoom(
    area,
    size,
    anchor,
    props.isDrawnToWidth ?? false,
    props.opensAsOverview ?? false,
    props.unfolded ?? '',
  );
  const drag = usePictureDrag(zoomBy);
  const isTable = Boolean(table);
  useLayoutEffect(() => {
    // A table is read from its start for any scroll position of the picture.
    if (isTable) area.current?.scrollTo(0, 0);
  }, [area, isTable]);
  const fileOf = () => {
    const svg = area.current?.querySelector('svg');
    return svg ? selfContainedSvg(svg, picture) : undefined;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === '+' || event.key === '=') zoomBy(STEP);
    else if (event.key === '-') zoomBy(1 / STEP);
    else if (event.key === '0') fit();
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <section className={styles.frame} aria-label={picture.title}>
      <div className={styles.controls}>
        {controls}
        {!table && <ZoomButtons zoom={zoom} onZoom={zoomBy} onFit={fit} />}
        {!table && <ExportButtons file={fileOf} picture={picture} />}
      </div>
      <div
        ref={area}
        className={table ? styles.tableArea : styles.area}
        role="group"
        aria-label={table ? 'As a table' : 'As a picture'}
        // A scrolling part of the page must be reachable by keyboard.
        tabIndex={0}
        data-drawn-to-width={props.isDrawnToWidth}
        {...(!table && { ...drag, onKeyDown })}
      >
        {table || children({ width: size.width * zoom, height: size.height * zoom })}
      </div>
      {!table && <div className={styles.details}>{details}</div>}
      {!table && <div className={styles.legend}>{legend}</div>}
    </section>
  );
}

function ZoomButtons({
  zoom,
  onZoom,
  onFit,
}: {
  zoom: number;
  onZoom: (factor: number) => void;
  onFit: () => void;
}) {
  return (
    <div className={styles.group} role="group" aria-label="Zoom">
      <button
        type="button"
        className={styles.button}
        aria-label="Smaller"
        title="Smaller (−)"
        onClick={() => onZoom(1 / STEP)}
      >
        −
      </button>
      <output className={styles.zoom} aria-label="Zoom">
        {Math.round(zoom * 100)} %
      </output>
      <button
        type="button"
        className={styles.button}
        aria-label="Larger"
        title="Larger (+)"
        onClick={() => onZoom(STEP)}
      >
        +
      </button>
      <button type="button" className={styles.button} title="Show all of it (0)" onClick={onFit}>
        Fit
      </button>
    </div>
  );
}
