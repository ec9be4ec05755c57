import type { LinkDirection, ResolvedLink, SpanSummary } from '@span-links/explorer-api';
import { Link } from '@tanstack/react-router';
import { memo, useEffect, useRef } from 'react';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import { formatInstant, formatInstantExactly } from '../time/instant.ts';
import { GapCell } from './gap-cell.tsx';
import { LinkFacts } from './link-facts.tsx';
import styles from './link-row.module.css';
import { ShortId } from './short-id.tsx';
import { shortValue } from '../journeys/journey-text.ts';
import { StatusMark } from './status-mark.tsx';
import { tellingValue } from './telling-attribute.ts';
import { absenceText } from './unresolved.ts';

export interface LinkRowProps {
  readonly link: ResolvedLink;
  readonly direction: LinkDirection;
  readonly span: SpanSummary;
  /** The place in the list, from 0. */
  readonly place: number;
  readonly places: ReadonlyMap<string, number>;
  /** The attribute that distinguishes the links. */
  readonly telling: string | undefined;
  readonly largestGapNs: number;
  readonly isOpen: boolean;
  /** The one row of the list that the Tab key reaches. */
  readonly isActive: boolean;
  readonly takesFocus: boolean;
  readonly onToggle: (place: number) => void;
}

export const LinkRow = memo(function LinkRow(props: LinkRowProps) {
  const { link, direction, span, place, places, isOpen, isActive, takesFocus, onToggle } = props;
  const row = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (takesFocus) row.current?.focus({ preventScroll: true });
  }, [takesFocus]);
  const { other } = link;
  return (
    <div
      ref={row}
      role="row"
      // The head is the first row.
      aria-rowindex={place + 2}
      tabIndex={isActive ? 0 : -1}
      className={styles.row}
      data-open={isOpen}
    >
      <div role="gridcell" className={styles.toggle}>
        <button
          type="button"
          aria-expanded={isOpen}
          aria-label={`Details of link ${link.index}`}
          tabIndex={isActive ? 0 : -1}
          onClick={() => onToggle(place)}
        >
          <span className={styles.chevron} aria-hidden="true" />
          {/* For links to this span, it would be the count of the linking spans, and 0 in nearly every row. */}
          {direction === 'out' && <span className={styles.index}>{link.index}</span>}
        </button>
      </div>
      <ServiceCell link={link} />
      <NameCell link={link} telling={props.telling} isActive={isActive} />
      <LinkFacts link={link} direction={direction} places={places} />
      <GapCell span={span} link={link} largestGapNs={props.largestGapNs} />
      <div role="gridcell" className={styles.start}>
        {other.resolved && (
          <time title={formatInstantExactly(other.startTime)}>{formatInstant(other.startTime)}</time>
        )}
      </div>
      <div role="gridcell" className={styles.duration}>
        {other.resolved && formatDuration(other.durationNs)}
      </div>
      <div role="gridcell" className={styles.status}>
        {other.resolved && <StatusMark status={other.status} />}
      </div>
      <div role="gridcell" className={styles.ids}>
        <ShortId id={link.traceId} what="trace ID" isInTabOrder={isActive} />
        <ShortId id={link.spanId} what="span ID" isInTabOrder={isActive} />
      </div>
    </div>
  );
});

function ServiceCell({ link: { other } }: { link: ResolvedLink }) {
  if (!other.resolved) {
    return (
      <div role="gridcell" className={styles.service}>
        <span className={styles.absentDot} aria-hidden="true" />
        <span className={styles.quiet}>unknown</span>
      </div>
    );
  }
  return (
    <div role="gridcell" className={styles.service} title={other.service}>
      <span className={styles.dot} style={{ background: serviceColour(other.service) }} aria-hidden="true" />
      <span className={styles.cut}>{other.service || '(no service name)'}</span>
    </div>
  );
}

function NameCell({
  link,
  telling,
  isActive,
}: {
  link: ResolvedLink;
  telling: string | undefined;
  isActive: boolean;
}) {
  const { other } = link;
  const value = tellingValue(link, telling);
  if (!other.resolved) {
    const { short, sentence } = absenceText(other.reason, link.attributes);
    return (
      <div role="gridcell" className={styles.name} title={sentence}>
        <span className={styles.absent}>{short}</span>
        {value !== '' && <span className={styles.telling}>{shortValue(value)}</span>}
      </div>
    );
  }
  return (
    <div role="gridcell" className={styles.name}>
      <Link
        to="/trace/$traceId"
        params={{ traceId: other.traceId }}
        search={{ spanId: other.spanId, tab: 'links' }}
        className={styles.cut}
        title={value === '' ? other.name : `${other.name}, ${telling} ${value}`}
        tabIndex={isActive ? 0 : -1}
        // Ten thousand rows that pass under the pointer must not cause ten thousand loads.
        preload={false}
      >
        {other.name || '(no name)'}
      </Link>
      {value !== '' && <span className={styles.telling}>{shortValue(value)}</span>}
    </div>
  );
}
