import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import type { SpanNode } from './span-tree.ts';
import { placeBar, type TimeWindow } from './time-window.ts';
import styles from './waterfall-bar.module.css';

/** A span on the time axis, with its duration if there is room. */
export function WaterfallBar({ node, window }: { readonly node: SpanNode; readonly window: TimeWindow }) {
  const { span, startNs } = node;
  const place = placeBar(startNs, span.durationNs, window);
  const duration = formatDuration(span.durationNs);
  if (typeof place === 'string') {
    return (
      <div role="gridcell" className={styles.time}>
        <span className={styles.outside} data-side={place} title={`${place} the part that is shown`}>
          {place === 'before' ? '‹ ' : ''}
          {duration}
          {place === 'after' ? ' ›' : ''}
        </span>
      </div>
    );
  }
  const { left, width } = place;
  const side = left + width < 82 ? 'right' : left > 18 ? 'left' : 'inside';
  const bar = {
    // Keeps spans at the very edge of the axis visible.
    left: `min(${left}%, 100% - 2px)`,
    width: `${width}%`,
    background: serviceColour(span.service),
  };
  const anchor =
    side === 'right'
      ? { left: `calc(${left + width}% + 4px)` }
      : side === 'left'
        ? { right: `calc(${100 - left}% + 4px)` }
        : { left: `calc(${left}% + 6px)` };
  return (
    <div role="gridcell" className={styles.time}>
      <span className={styles.bar} data-error={span.status === 'error' || undefined} style={bar} />
      <span className={styles.duration} data-side={side} style={anchor}>
        {duration}
      </span>
    </div>
  );
}
