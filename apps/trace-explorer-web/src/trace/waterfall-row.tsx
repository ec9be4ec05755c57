import { memo } from 'react';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import { LinkBadges } from './link-badges.tsx';
import { ChevronMark, ErrorMark } from './marks.tsx';
import { matchParts } from './span-search.ts';
import type { SpanNode } from './span-tree.ts';
import type { TimeWindow } from './time-window.ts';
import { WaterfallBar } from './waterfall-bar.tsx';
import styles from './waterfall-row.module.css';

/** The height in px. The list uses it, so that nothing has to be measured. */
export const ROW_HEIGHT = 28;

// Deeper levels are shown as a number, because 500 levels of indentation would leave no room for a
// name.
const INDENTED_LEVELS = 12;

export type RowAction = 'open' | 'toggle' | 'links';

interface WaterfallRowProps {
  readonly node: SpanNode;
  /** The place of the node in the tree, and of the row among the visible ones. */
  readonly index: number;
  readonly row: number;
  readonly isActive: boolean;
  readonly isSelected: boolean;
  readonly isCollapsed: boolean;
  readonly isDimmed: boolean;
  readonly isMatch: boolean;
  readonly search: string;
  readonly window: TimeWindow;
  readonly onAction: (action: RowAction, index: number) => void;
}

/**
 * One span. It is memoised and gets all its data as properties: while 10,000 rows scroll by, a row
 * only draws itself.
 */
export const WaterfallRow = memo(function WaterfallRow(props: WaterfallRowProps) {
  const { node, index, row, isActive, isSelected, isCollapsed, window, onAction } = props;
  const { span, level } = node;
  const isParent = node.end > index + 1;
  return (
    <div
      role="row"
      className={styles.row}
      style={{ transform: `translateY(${row * ROW_HEIGHT}px)` }}
      data-trace-row={row}
      data-selected={isSelected || undefined}
      data-dimmed={props.isDimmed || undefined}
      data-match={props.isMatch || undefined}
      tabIndex={isActive ? 0 : -1}
      aria-rowindex={row + 2}
      aria-level={level}
      aria-posinset={node.position}
      aria-setsize={node.siblings}
      aria-selected={isSelected}
      aria-expanded={isParent ? !isCollapsed : undefined}
      onClick={() => onAction('open', index)}
    >
      <div role="gridcell" className={styles.name}>
        <Indent level={level} />
        {isParent ? (
          <button
            type="button"
            tabIndex={-1}
            className={styles.toggle}
            aria-label={isCollapsed ? 'Expand' : 'Collapse'}
            onClick={(event) => {
              event.stopPropagation();
              onAction('toggle', index);
            }}
          >
            <ChevronMark className={isCollapsed ? styles.closed : styles.opened} />
          </button>
        ) : (
          <span className={styles.leaf} />
        )}
        <SpanLabel node={node} search={props.search} />
        {isCollapsed && isParent && (
          <span className={styles.hidden} title={`${node.end - index - 1} spans below are hidden`}>
            +{node.end - index - 1}
          </span>
        )}
        <LinkBadges span={span} onOpen={() => onAction('links', index)} />
      </div>
      <WaterfallBar node={node} window={window} />
    </div>
  );
});

function Indent({ level }: { readonly level: number }) {
  const indented = Math.min(level - 1, INDENTED_LEVELS);
  return (
    <span className={styles.indent} style={{ '--levels': indented } as React.CSSProperties}>
      {level - 1 > INDENTED_LEVELS && (
        <span className={styles.level} title={`Level ${level}`}>
          {level}
        </span>
      )}
    </span>
  );
}

function SpanLabel({ node, search }: { readonly node: SpanNode; readonly search: string }) {
  const { span, parentage, skewNs } = node;
  const isError = span.status === 'error';
  return (
    <span
      className={styles.label}
      title={[span.name, span.service, formatDuration(span.durationNs), span.message ?? '']
        .filter(Boolean)
        .join(' · ')}
    >
      <span className={styles.colour} style={{ background: serviceColour(span.service) }} />
      {isError && <ErrorMark className={styles.error} />}
      <span className={styles.spanName}>
        {isError && <span className="visually-hidden">Error: </span>}
        <Matched text={span.name || '(no name)'} search={search} />
      </span>
      <span className={styles.service}>
        <Matched text={span.service} search={search} />
      </span>
      {span.message !== null && (
        <span className={styles.message}>
          <Matched text={span.message} search={search} />
        </span>
      )}
      {parentage === 'orphan' && (
        <span className={styles.flag} title={`Its parent ${span.parentSpanId} has not been received`}>
          no parent
        </span>
      )}
      {parentage === 'cycle' && (
        <span className={styles.flag} title="This span is its own ancestor; the circle is cut here">
          circular
        </span>
      )}
      {skewNs > 0 && (
        <span
          className={styles.flag}
          title={`Starts ${formatDuration(skewNs)} before its parent: the clocks of the two differ. Times are shown as received.`}
        >
          clock −{formatDuration(skewNs)}
        </span>
      )}
    </span>
  );
}

function Matched({ text, search }: { readonly text: string; readonly search: string }) {
  if (search === '') return text;
  return matchParts(text, search).map((part, index) =>
    part.isMatch ? <mark key={index}>{part.text}</mark> : part.text,
  );
}
