import type { SpanDetail, SpanSummary } from '@span-links/explorer-api';
import { useCallback, useEffect, useState } from 'react';
import { AnnounceContext } from './announcer.ts';
import { LinkSection } from './link-section.tsx';
import { LinkToolbar } from './link-toolbar.tsx';
import styles from './links-tab.module.css';
import { NoLinks } from './no-links.tsx';
import { ScrollerContext, useNewScroller } from './scroller.ts';
import { useLinkArrivals } from './use-link-arrivals.ts';

/**
 * The links of a span in both directions. It fills its container and scrolls itself, because the
 * lists only draw visible rows and must know the scroller.
 */
export function LinksTab({ span }: { span: SpanSummary | SpanDetail }) {
  // Never shows data of one span for another, not even while loading.
  return <Links key={`${span.traceId}${span.spanId}`} span={span} />;
}

function Links({ span }: { span: SpanSummary | SpanDetail }) {
  useLinkArrivals(span);
  const [element, setElement] = useState<HTMLElement | null>(null);
  const [content, setContent] = useState<HTMLElement | null>(null);
  const scroller = useNewScroller(element, content);
  const [notice, announce] = useNotice();
  const hasLinks = span.linkCount + span.droppedLinksCount + span.backlinkCount > 0;
  return (
    <AnnounceContext value={announce}>
      <div className={styles.frame}>
        <div ref={setElement} className={styles.scroller}>
          <div ref={setContent} className={styles.content}>
            {hasLinks ? (
              <ScrollerContext value={scroller}>
                <LinkToolbar span={span} />
                <LinkSection span={span} direction="out" />
                <LinkSection span={span} direction="in" />
              </ScrollerContext>
            ) : (
              <NoLinks />
            )}
          </div>
        </div>
        <div role="status" className={styles.notice}>
          {notice}
        </div>
      </div>
    </AnnounceContext>
  );
}

const NOTICE_MS = 2_500;

function useNotice(): readonly [string, (text: string) => void] {
  const [notice, setNotice] = useState({ text: '' });
  useEffect(() => {
    if (notice.text === '') return undefined;
    const timer = setTimeout(() => setNotice({ text: '' }), NOTICE_MS);
    return () => clearTimeout(timer);
  }, [notice]);
  return [notice.text, useCallback((text) => setNotice({ text }), [])];
}
