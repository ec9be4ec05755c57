import styles from './link-badges.module.css';

/**
 * The number of links from and to a span: `↗3 ↙1`. Shows nothing without links, so that a badge has
 * a meaning.
 */
export function LinkBadges({ out, in: incoming }: { out: number; in: number }) {
  if (out === 0 && incoming === 0) return null;
  return (
    <span className={styles.badges}>
      {out > 0 && <Badge arrow="↗" count={out} title={`${plural(out, 'link')} to other spans`} />}
      {incoming > 0 && (
        <Badge arrow="↙" count={incoming} title={`linked from ${plural(incoming, 'place')}`} />
      )}
    </span>
  );
}

function Badge({ arrow, count, title }: { arrow: string; count: number; title: string }) {
  return (
    <span className={styles.badge} title={title}>
      <span aria-hidden="true">
        {arrow}
        {SHORT.format(count)}
      </span>
      <span className="visually-hidden">{title}</span>
    </span>
  );
}

const SHORT = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

function plural(count: number, word: string): string {
  return `${count.toLocaleString('en-US')} ${word}${count === 1 ? '' : 's'}`;
}
