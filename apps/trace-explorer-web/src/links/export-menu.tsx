import type { LinkDirection, LinkPage, SpanSummary } from '@span-links/explorer-api';
import { useRef } from 'react';
import { failureText } from '../api/problem.ts';
import { get } from '../api/client.ts';
import type { LinkSearch } from '../api/queries.ts';
import { useAnnounce } from './announcer.ts';
import styles from './export-menu.module.css';
import { EXPORT_FORMATS, EXPORT_LIMIT, exportedLinks, exportName, type ExportFormat } from './link-export.ts';
import { useCopy } from './use-copy.ts';

interface ExportMenuProps {
  readonly span: SpanSummary;
  readonly direction: LinkDirection;
  readonly search: LinkSearch;
  readonly count: number;
}

/** Copies or saves the links that pass the filter, in their order. */
export function ExportMenu({ span, direction, search, count }: ExportMenuProps) {
  const menu = useRef<HTMLDetailsElement>(null);
  const copy = useCopy();
  const announce = useAnnounce();
  const exported = Math.min(count, EXPORT_LIMIT);
  const close = () => {
    if (menu.current) menu.current.open = false;
  };
  const run = async (format: ExportFormat, isCopy: boolean) => {
    close();
    try {
      const text = exportedLinks(await fetchLinks(span, direction, search), format);
      const what = `${plural(exported)} as ${format.toUpperCase()}`;
      if (isCopy) await copy(text, what);
      else save(text, exportName(direction, span.spanId, format), format);
    } catch (error) {
      announce(failureText(error));
    }
  };
  return (
    <details
      ref={menu}
      className={styles.menu}
      onBlur={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget)) close();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !menu.current?.open) return;
        event.stopPropagation();
        close();
        menu.current.querySelector('summary')?.focus();
      }}
    >
      <summary>Export</summary>
      <div className={styles.panel}>
        <p>
          {exported < count
            ? `The first ${NUMBER.format(exported)} of ${plural(count)}; the API has the rest.`
            : `${plural(exported)}, as filtered and sorted.`}
        </p>
        {EXPORT_FORMATS.map((format) => (
          <div key={format} className={styles.row}>
            <span>{format.toUpperCase()}</span>
            <button type="button" onClick={() => void run(format, true)}>
              Copy<span className="visually-hidden"> as {format.toUpperCase()}</span>
            </button>
            <button type="button" onClick={() => void run(format, false)}>
              Save<span className="visually-hidden"> as {format.toUpperCase()}</span>
            </button>
          </div>
        ))}
      </div>
    </details>
  );
}

async function fetchLinks({ traceId, spanId }: SpanSummary, direction: LinkDirection, search: LinkSearch) {
  const path = `/traces/${traceId}/spans/${spanId}/links`;
  return (await get<LinkPage>(path, { direction, ...search, limit: EXPORT_LIMIT })).links;
}

function save(text: string, name: string, format: ExportFormat): void {
  const url = URL.createObjectURL(
    new Blob([text], { type: format === 'json' ? 'application/json' : 'text/csv' }),
  );
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  // The browser reads it after this task.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function plural(count: number): string {
  return count === 1 ? '1 link' : `${NUMBER.format(count)} links`;
}

const NUMBER = new Intl.NumberFormat('en-US');
