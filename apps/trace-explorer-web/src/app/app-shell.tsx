import { Link, Outlet, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { useTimeZone } from '../time/time-zone.ts';
import styles from './app-shell.module.css';
import { DropImport } from './drop-import.tsx';
import { SettingsMenu } from './settings-menu.tsx';

/** The frame of every view. */
export function AppShell() {
  const [zone] = useTimeZone();
  useFocusOfPage();
  return (
    <>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <header className={styles.header}>
        <Link to="/" className={styles.brand}>
          <img src="/favicon.svg" alt="" width="22" height="22" />
          <span className={styles.brandName}>Span Links</span>
        </Link>
        <nav className={styles.tabs} aria-label="Lists">
          <Link to="/" activeOptions={{ exact: true, includeSearch: false }}>
            Journeys
          </Link>
          <Link to="/traces" activeOptions={{ includeSearch: false }}>
            Traces
          </Link>
          <Link to="/map" activeOptions={{ includeSearch: false }}>
            Map
          </Link>
          <Link to="/waits" activeOptions={{ includeSearch: false }}>
            Waits
          </Link>
          <Link to="/errors" activeOptions={{ includeSearch: false }}>
            Errors
          </Link>
          <Link to="/logs" activeOptions={{ includeSearch: false }}>
            Logs
          </Link>
        </nav>
        <nav className={styles.nav} aria-label="Main">
          <a href="/docs">API</a>
          <SettingsMenu />
        </nav>
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        {/* Another zone changes texts that the views remember, so they are drawn from the start. */}
        <Outlet key={zone} />
      </main>
      <DropImport />
    </>
  );
}

const FOCUS_MS = 400;

/**
 * After a link to another view, moves the focus into it: the focused link is gone, and the next Tab
 * would start at the top.
 */
function useFocusOfPage(): void {
  const path = useRouterState({ select: ({ resolvedLocation }) => resolvedLocation?.pathname });
  const before = useRef(path);
  useEffect(() => {
    const isFirst = before.current === undefined;
    before.current = path;
    if (isFirst) return;
    // A view may itself focus one of its rows.
    const timer = window.setTimeout(() => {
      if (document.activeElement === document.body)
        document.getElementById('main')?.focus({ preventScroll: true });
    }, FOCUS_MS);
    return () => window.clearTimeout(timer);
  }, [path]);
}
