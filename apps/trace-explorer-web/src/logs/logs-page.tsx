import { useNavigate, useSearch } from '@tanstack/react-router';
import { useRef, useState, type CSSProperties } from 'react';
import type { LogsSearch } from '../app/address.ts';
import { LiveToggle } from '../trace-list/live-toggle.tsx';
import { NewsButton } from '../trace-list/news-button.tsx';
import { StatsLine } from '../trace-list/stats-line.tsx';
import { TimeRangeMenu } from '../trace-list/time-range-menu.tsx';
import { isLive, type TimeRange } from '../trace-list/time-range.ts';
import page from '../trace-list/trace-list-page.module.css';
import { useHeight } from '../trace-list/use-height.ts';
import { useReading } from '../trace-list/use-reading.ts';
import { LogFilters } from './log-filters.tsx';
import { useLogFeed } from './logs-feed.ts';
import { LogsTable } from './logs-table.tsx';

/** Log records of all traces and of none, newest first. */
export function LogsPage() {
  const search = useSearch({ from: '/logs' });
  const navigate = useNavigate({ from: '/logs' });
  const show = (next: LogsSearch) => void navigate({ search: next, resetScroll: true });
  const [isPaused, setPaused] = useState(false);
  const head = useRef<HTMLDivElement>(null);
  const headHeight = { '--head-height': `${useHeight(head)}px` } as CSSProperties;
  const reading = useReading(isPaused);
  const feed = useLogFeed(search, reading.reading);
  const { from: _from, to: _to, last: _last, ...filters } = search;
  return (
    <div className={page.page} style={headHeight}>
      <title>Logs · Span Links</title>
      <div className={page.heading}>
        <h1>Logs</h1>
        <StatsLine />
      </div>
      <div ref={head} className={page.head}>
        <div className={page.tools}>
          <LogFilters search={search} logs={feed.logs} onSearch={show} />
          <div className={page.time}>
            <TimeRangeMenu range={rangeIn(search)} onRange={(range) => show({ ...filters, ...range })} />
            <LiveToggle
              live={feed.live}
              isFixed={!isLive(search)}
              isPaused={isPaused}
              onPause={setPaused}
              what="log records"
            />
          </div>
        </div>
        {reading.isHeld && <NewsButton news={feed.news} what="log record" onShow={feed.showAll} />}
      </div>
      <LogsTable feed={feed} search={search} holds={reading} onSearch={show} />
    </div>
  );
}

function rangeIn({ from, to, last }: LogsSearch): TimeRange {
  return {
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(last !== undefined && { last }),
  };
}
