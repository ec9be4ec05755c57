import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState, type CSSProperties } from 'react';
import type { ListSearch } from '../app/address.ts';
import { FilterBar } from './filter-bar.tsx';
import { LiveToggle } from './live-toggle.tsx';
import { SavedMenu } from '../search/saved-menu.tsx';
import { SearchBox } from '../search/search-box.tsx';
import { RejectionsNotice } from './rejections-notice.tsx';
import { StatsLine } from './stats-line.tsx';
import { TimeRangeMenu } from './time-range-menu.tsx';
import { isLive } from './time-range.ts';
import styles from './trace-list-page.module.css';
import { TraceTable } from './trace-table.tsx';
import { useHeight } from './use-height.ts';
import { useReading } from './use-reading.ts';
import { useTraceFeed } from './use-trace-feed.ts';
import { NewsButton } from './news-button.tsx';

/** The traces that were received, newest first. */
export function TraceListPage() {
  const search = useSearch({ from: '/traces' });
  const navigate = useNavigate({ from: '/traces' });
  const show = (next: ListSearch) => void navigate({ search: next, resetScroll: true });
  const [isPaused, setPaused] = useState(false);
  const head = useRef<HTMLDivElement>(null);
  const headHeight = { '--head-height': `${useHeight(head)}px` } as CSSProperties;
  const reading = useReading(isPaused);
  const feed = useTraceFeed(search, reading.reading);
  const { q = '', ...range } = search;
  const showQuery = (query: string) => show({ ...range, ...(query !== '' && { q: query }) });
  return (
    <div className={styles.page} style={headHeight}>
      <title>{q === '' ? 'Traces · Span Links' : `${q} · Span Links`}</title>
      <div className={styles.heading}>
        <h1>Traces</h1>
        <StatsLine />
      </div>
      <div ref={head} className={styles.head}>
        <SearchBox value={q} onSearch={showQuery} />
        <div className={styles.tools}>
          <FilterBar query={q} onQuery={showQuery} />
          <div className={styles.time}>
            <SavedMenu current={{ page: 'traces', search }} />
            <TimeRangeMenu range={range} onRange={(next) => show({ ...(q !== '' && { q }), ...next })} />
            <LiveToggle live={feed.live} isFixed={!isLive(range)} isPaused={isPaused} onPause={setPaused} />
          </div>
        </div>
        {reading.isHeld && <NewsButton news={feed.news} onShow={feed.showAll} />}
      </div>
      <RejectionsNotice />
      <TraceTable feed={feed} search={search} holds={reading} onSearch={show} />
    </div>
  );
}
