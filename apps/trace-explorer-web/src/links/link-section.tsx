import type { LinkDirection, SpanDetail, SpanSummary } from '@span-links/explorer-api';
import { useInfiniteQuery } from '@tanstack/react-query';
import { useId } from 'react';
import { linksQuery } from '../api/queries.ts';
import { CompletenessNotice } from './completeness-notice.tsx';
import { ExportMenu } from './export-menu.tsx';
import { GroupedLinks } from './grouped-links.tsx';
import { LinkList } from './link-list.tsx';
import { LinkRollUpLine } from './link-roll-up-line.tsx';
import styles from './link-section.module.css';
import { isFiltered, linkSearchOf, NO_FILTER } from './link-view.ts';
import { LinkWaits } from './link-waits.tsx';
import { useLinkView } from './use-link-view.ts';

const TITLES: Readonly<Record<LinkDirection, string>> = { out: 'Links to', in: 'Linked from' };
const NONE: Readonly<Record<LinkDirection, string>> = {
  out: 'This span bears no links.',
  in: 'No span that has been received links to this one.',
};

interface LinkSectionProps {
  readonly span: SpanSummary | SpanDetail;
  readonly direction: LinkDirection;
}

/** All links of one direction. */
export function LinkSection({ span, direction }: LinkSectionProps) {
  const titleId = useId();
  const [view, changeView] = useLinkView();
  const search = linkSearchOf(view);
  const declared = direction === 'out' ? span.linkCount : span.backlinkCount;
  // Unfiltered: the chips of services that a filter excludes are needed to choose another.
  const all = useInfiniteQuery(linksQuery(span.traceId, span.spanId, direction));
  const some = useInfiniteQuery(linksQuery(span.traceId, span.spanId, direction, search));
  // Without the range: the bars that it excludes are needed to choose another.
  const { gapFrom: _from, gapTo: _to, ...withoutRange } = search;
  const anyGap = useInfiniteQuery(linksQuery(span.traceId, span.spanId, direction, withoutRange));
  const waits = anyGap.data?.pages.at(-1)?.rollUp;
  const total = all.data?.pages[0]?.rollUp.total ?? declared;
  const rollUp = some.data?.pages.at(-1)?.rollUp;
  // The count of a previous filter would be wrong. Its rows may stay for a moment.
  const shown = isFiltered(view) && total > 0 && !some.isPlaceholderData ? rollUp?.total : undefined;
  const completeness = all.data?.pages[0]?.completeness;
  const expected = shown ?? total;
  return (
    <section className={styles.section} aria-labelledby={titleId}>
      <header className={styles.header}>
        <h3 id={titleId}>
          {TITLES[direction]}{' '}
          <span className={styles.count}>
            ({shown !== undefined && `${NUMBER.format(shown)} of `}
            {NUMBER.format(total)})
          </span>
        </h3>
        {total > 0 && <ExportMenu {...{ span, direction, search }} count={expected} />}
      </header>
      {completeness && <CompletenessNotice completeness={completeness} span={span} />}
      {all.data && rollUp && total > 0 && <LinkRollUpLine all={all.data.pages.at(-1)?.rollUp ?? rollUp} />}
      {waits && total > 0 && <LinkWaits rollUp={waits} direction={direction} />}
      {total === 0 && <p className={styles.none}>{NONE[direction]}</p>}
      {total > 0 && shown === 0 && (
        <p className={styles.none}>
          None of them fits the filter.{' '}
          <button type="button" onClick={() => changeView(NO_FILTER)}>
            Show all
          </button>
        </p>
      )}
      {total > 0 && shown !== 0 && view.linkGroup !== undefined && rollUp && (
        <GroupedLinks {...{ span, direction, search, rollUp }} grouping={view.linkGroup} />
      )}
      {total > 0 && shown !== 0 && view.linkGroup === undefined && (
        <LinkList {...{ span, direction, search, expected }} label={TITLES[direction]} />
      )}
    </section>
  );
}

const NUMBER = new Intl.NumberFormat('en-US');
