import { JOURNEY_SORTS, type JourneySort } from '@span-links/explorer-api';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useMemo, useRef, useState, type CSSProperties } from 'react';
import { useLive } from '../api/live.ts';
import type { JourneySearch } from '../api/journey-queries.ts';
import type { JourneysSearch } from '../app/address.ts';
import { SavedMenu } from '../search/saved-menu.tsx';
import { SearchBox } from '../search/search-box.tsx';
import { LiveToggle } from '../trace-list/live-toggle.tsx';
import { RejectionsNotice } from '../trace-list/rejections-notice.tsx';
import { StatsLine } from '../trace-list/stats-line.tsx';
import { TimeRangeMenu } from '../trace-list/time-range-menu.tsx';
import { apiRange, isLive, type TimeRange } from '../trace-list/time-range.ts';
import page from '../trace-list/trace-list-page.module.css';
import { useHeight } from '../trace-list/use-height.ts';
import { useReading } from '../trace-list/use-reading.ts';
import { apiCrossedLink, CrossedLinkChip } from './crossed-link.tsx';
import { useJourneyFeed } from './journey-feed.ts';
import styles from './journeys-page.module.css';
import { JourneysTable } from './journeys-table.tsx';
import { StateFilter } from './state-filter.tsx';

const SORT_WORDS: Readonly<Record<JourneySort, string>> = {
  newest: 'Newest first',
  total: 'Longest first',
  waiting: 'Longest wait first',
};

const EXAMPLE = 'order.id=… journey.wait>10s journey.state=failed';

/** The first screen: the way of each item, its waits, and its failures with reasons. */
export function JourneysPage() {
  const search = useSearch({ from: '/' });
  const navigate = useNavigate({ from: '/' });
  const show = (next: JourneysSearch) => void navigate({ search: next, resetScroll: true });
  const [isPaused, setPaused] = useState(false);
  const head = useRef<HTMLDivElement>(null);
  const headHeight = { '--head-height': `${useHeight(head)}px` } as CSSProperties;
  const holds = useReading(isPaused);
  const { q = '', sort = 'newest' } = search;
  const range = rangeIn(search);
  const asked = useAsked(search);
  const feed = useJourneyFeed(asked, holds.reading, !isLive(range));
  const live = useLive();
  const { sort: _, q: __, ...kept } = search;
  const sorted = sort === 'newest' ? {} : { sort };
  const { from: _from, to: _to, last: _last, ...timeless } = search;
  const showQuery = (query: string) => show({ ...kept, ...sorted, ...(query !== '' && { q: query }) });
  return (
    <div className={page.page} style={headHeight}>
      <title>{q === '' ? 'Journeys · Span Links' : `${q} · Span Links`}</title>
      <div className={page.heading}>
        <h1>Journeys</h1>
        <StatsLine />
      </div>
      <div ref={head} className={page.head}>
        <SearchBox value={q} onSearch={showQuery} label="Search journeys" example={EXAMPLE} />
        <div className={page.tools}>
          <StateFilter query={q} onQuery={showQuery} />
          <div className={page.time}>
            <SavedMenu current={{ page: 'journeys', search }} />
            <SortSelect
              sort={sort}
              onSort={(next) =>
                show({ ...kept, ...(q !== '' && { q }), ...(next !== 'newest' && { sort: next }) })
              }
            />
            <TimeRangeMenu range={range} onRange={(next) => show({ ...timeless, ...next })} />
            <LiveToggle
              live={feed.isLost ? 'lost' : live}
              isFixed={!isLive(range)}
              isPaused={isPaused}
              onPause={setPaused}
            />
          </div>
        </div>
        <CrossedLinkChip search={search} onSearch={show} />
        {holds.isHeld && <News feed={feed} />}
      </div>
      <RejectionsNotice />
      <JourneysTable feed={feed} search={search} holds={holds} onSearch={show} />
    </div>
  );
}

function rangeIn({ from, to, last }: JourneysSearch): TimeRange {
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(last !== undefined && { last }),
  };
}

/**
 * The request to the API. A relative range is relative to the time at which it was chosen or the
 * page was opened.
 */
function useAsked(search: JourneysSearch): JourneySearch {
  const key = JSON.stringify(search);
  return useMemo(() => {
    const { q = '', sort = 'newest', ...rest } = JSON.parse(key) as JourneysSearch;
    return { ...(q !== '' && { q }), ...apiRange(rangeIn(rest)), ...apiCrossedLink(rest), sort };
  }, [key]);
}

function SortSelect({
  sort,
  onSort,
}: {
  readonly sort: JourneySort;
  readonly onSort: (sort: JourneySort) => void;
}) {
  return (
    <label>
      <span className="visually-hidden">Order</span>
      <select
        className={styles.sort}
        value={sort}
        onChange={({ target }) => onSort(target.value as JourneySort)}
      >
        {JOURNEY_SORTS.map((one) => (
          <option key={one} value={one}>
            {SORT_WORDS[one]}
          </option>
        ))}
      </select>
    </label>
  );
}

/**
 * The news while the reader was elsewhere. It overlays the list, so nothing moves when it appears
 * or disappears.
 */
function News({ feed: { news, showAll } }: { readonly feed: ReturnType<typeof useJourneyFeed> }) {
  if (news.waiting === 0) return null;
  const count = news.waiting === 1 ? '1 new journey' : `${news.waiting} new journeys`;
  return (
    <div className={styles.newsPlace}>
      <button
        type="button"
        className={styles.news}
        onClick={() => {
          showAll().catch(() => undefined);
          window.scrollTo({ top: 0 });
        }}
      >
        ↑ {count}
      </button>
    </div>
  );
}
