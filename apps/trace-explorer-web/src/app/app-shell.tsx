import { Link, Outlet } from '@tanstack/react-router';
import { THEMES, useTheme, type Theme } from '../theme/theme.ts';
import styles from './app-shell.module.css';

const THEME_NAMES: Readonly<Record<Theme, string>> = {
  system: 'As the device',
  light: 'Light',
  dark: 'Dark',
};

/** What is around every view. */
export function AppShell() {
  const [theme, chooseTheme] = useTheme();
  return (
    <>
      <a className={styles.skip} href="#main">
        Skip to the content
      </a>
      <header className={styles.header}>
        <Link to="/" className={styles.brand}>
          <img src="/favicon.svg" alt="" width="22" height="22" />
          Span Links
        </Link>
        <nav className={styles.nav} aria-label="Main">
          <a href="/docs">API</a>
          <label>
            <span className="visually-hidden">Theme</span>
            <select value={theme} onChange={(event) => chooseTheme(event.target.value as Theme)}>
              {THEMES.map((name) => (
                <option key={name} value={name}>
                  {THEME_NAMES[name]}
                </option>
              ))}
            </select>
          </label>
        </nav>
      </header>
      <main id="main" className={styles.main} tabIndex={-1}>
        <Outlet />
      </main>
    </>
  );
}
