import * as Tabs from '@radix-ui/react-tabs';
import type { SpanDetail, SpanSummary, TraceView } from '@span-links/explorer-api';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { Suspense } from 'react';
import { ApiProblem } from '../api/problem.ts';
import { spanQuery } from '../api/queries.ts';
import { lazyAhead } from '../app/lazy-ahead.ts';
import type { SpanTab } from '../app/address.ts';
import { serviceColour } from '../service/service-colour.ts';
import { CloseMark, ErrorMark } from '../trace/marks.tsx';
import type { Selection } from '../trace/use-selection.ts';
import { WaitNotice } from '../trace/wait-notice.tsx';
import { AttributesTab } from './attributes-tab.tsx';
import { EventsTab } from './events-tab.tsx';
import { OverviewTab } from './overview-tab.tsx';
import { RawTab } from './raw-tab.tsx';
import { SpanMissing } from './span-missing.tsx';
import styles from './span-panel.module.css';

const LinksTab = lazyAhead(() => import('../links/links-tab.tsx').then((module) => module.LinksTab));

interface SpanPanelProps {
  readonly trace: TraceView;
  readonly selection: Selection;
  readonly onClose: () => void;
}

/**
 * The details of the selected span. While the details of another span load, all of the old ones
 * stay: the panel does not flicker, and a name never appears above the attributes of another span.
 */
export function SpanPanel({ trace, selection, onClose }: SpanPanelProps) {
  const { spanId = '' } = selection;
  const { traceId } = trace.summary;
  const { data, error, isPlaceholderData, refetch } = useQuery({
    ...spanQuery(traceId, spanId),
    placeholderData: keepPreviousData,
  });
  const span = data && (error === null || !isPlaceholderData) ? data : undefined;
  return (
    <div className={styles.panel} aria-busy={isPlaceholderData} data-waits={isPlaceholderData || undefined}>
      {span ? (
        <PanelHead span={span} onClose={onClose} />
      ) : (
        <div className={styles.head}>
          <h2 className={styles.name}>Span {spanId}</h2>
          <CloseButton onClose={onClose} />
        </div>
      )}
      {span && <PanelTabs span={span} trace={trace} selection={selection} />}
      {!span && error && (
        <SpanMissing
          isAbsent={error instanceof ApiProblem && error.status === 404}
          message={error.message}
          onRetry={() => void refetch()}
        />
      )}
      {!span && !error && <WaitNotice>Opening the span…</WaitNotice>}
    </div>
  );
}

function PanelHead({ span, onClose }: { readonly span: SpanSummary; readonly onClose: () => void }) {
  return (
    <div className={styles.head}>
      <span className={styles.colour} style={{ background: serviceColour(span.service) }} />
      <h2 className={styles.name} title={span.name}>
        {span.status === 'error' && (
          <>
            <ErrorMark className={styles.error} />
            <span className="visually-hidden">Error: </span>
          </>
        )}
        {span.name || '(no name)'}
      </h2>
      <span className={styles.service}>{span.service}</span>
      <CloseButton onClose={onClose} />
    </div>
  );
}

function CloseButton({ onClose }: { readonly onClose: () => void }) {
  return (
    <button
      type="button"
      className={styles.close}
      aria-label="Close the details"
      title="Close (Esc)"
      onClick={onClose}
    >
      <CloseMark />
    </button>
  );
}

interface PanelTabsProps {
  readonly span: SpanDetail;
  readonly trace: TraceView;
  readonly selection: Selection;
}

function PanelTabs({ span, trace, selection }: PanelTabsProps) {
  // The trace gets new links first.
  const counts = trace.spans.find(({ spanId }) => spanId === span.spanId) ?? span;
  const body = `${span.spanId} body`;
  return (
    <Tabs.Root
      className={styles.tabs}
      value={selection.tab}
      onValueChange={(tab) => selection.showTab(tab as SpanTab)}
    >
      <Tabs.List className={styles.list} aria-label="Span details">
        <Tab name="overview">Overview</Tab>
        <Tab name="attributes" count={String(span.attributes.length)}>
          Attributes
        </Tab>
        <Tab name="events" count={String(span.events.length + (span.logs?.length ?? 0))}>
          Events
        </Tab>
        <Tab name="links" count={linkCounts(counts)} isLink>
          Links
        </Tab>
        <Tab name="raw">Raw</Tab>
      </Tabs.List>
      <Tabs.Content key={`overview ${body}`} value="overview" className={styles.content}>
        <OverviewTab span={span} trace={trace} />
      </Tabs.Content>
      <Tabs.Content value="attributes" className={styles.content}>
        <AttributesTab span={span} />
      </Tabs.Content>
      <Tabs.Content key={`events ${body}`} value="events" className={styles.content}>
        <EventsTab span={span} />
      </Tabs.Content>
      <Tabs.Content key={`links ${body}`} value="links" className={styles.content}>
        <Suspense fallback={<WaitNotice>Opening the links…</WaitNotice>}>
          <LinksTab span={span} />
        </Suspense>
      </Tabs.Content>
      <Tabs.Content key={`raw ${body}`} value="raw" className={styles.content}>
        <RawTab span={span} />
      </Tabs.Content>
    </Tabs.Root>
  );
}

interface TabProps {
  readonly name: SpanTab;
  readonly count?: string;
  readonly isLink?: boolean;
  readonly children: string;
}

function Tab({ name, count, isLink, children }: TabProps) {
  return (
    <Tabs.Trigger value={name} className={styles.tab}>
      {children}
      {count !== undefined && count !== '0' && count !== '' && (
        <span className={isLink ? styles.links : styles.count}>{count}</span>
      )}
    </Tabs.Trigger>
  );
}

function linkCounts({ linkCount, backlinkCount }: SpanSummary): string {
  return [linkCount > 0 && `↗${linkCount}`, backlinkCount > 0 && `↙${backlinkCount}`]
    .filter(Boolean)
    .join(' ');
}
