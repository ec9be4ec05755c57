import type { ResolvedLink, SpanSummary } from '@span-links/explorer-api';
import styles from './gap-cell.module.css';
import { gapBetween, gapFraction } from './gap.ts';

interface GapCellProps {
  readonly span: SpanSummary;
  readonly link: ResolvedLink;
  /** The largest gap of the list, which fills the bar. */
  readonly largestGapNs: number;
}

/** The time of the other end: in words, and as a bar from this span into the past or the future. */
export function GapCell({ span, link: { other, isSelf }, largestGapNs }: GapCellProps) {
  if (!other.resolved || isSelf) return <div role="gridcell" className={styles.gap} />;
  const gap = gapBetween(span, other);
  const fraction = gap.side === 'overlap' ? 0 : gapFraction(gap.ns, largestGapNs);
  return (
    <div role="gridcell" className={styles.gap} title={`The other span ${gap.sentence}`}>
      <span className={styles.text}>{gap.short}</span>
      <span className={styles.bar} data-side={gap.side} aria-hidden="true">
        <span style={{ width: `${Math.max(4, fraction * 100)}%` }} />
      </span>
    </div>
  );
}
