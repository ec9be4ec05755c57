import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Finds links and anchors of built pages that lead nowhere, and what a page loads from other origins.
 *
 * @returns one sentence per problem.
 */
export function problemsOfPages(dist, base) {
  const files = readdirSync(dist, { recursive: true, encoding: 'utf8' }).map((file) =>
    file.split('\\').join('/'),
  );
  const read = (file) => readFileSync(join(dist, file), 'utf8');
  const pages = new Map(files.filter((file) => file.endsWith('.html')).map((file) => [file, read(file)]));
  const ids = new Map([...pages].map(([page, html]) => [page, new Set(valuesOf(html, /\sid="([^"]+)"/g))]));

  /** @returns the file that a URL of the site names, if there is one. */
  function fileOf({ pathname }) {
    if (!pathname.startsWith(base)) return undefined;
    const path = decodeURI(pathname.slice(base.length));
    const file = path === '' || path.endsWith('/') ? `${path}index.html` : path;
    return existsSync(join(dist, file)) ? file : undefined;
  }

  function problemsOfPage([page, html]) {
    const address = new URL(`http://site${base}${page}`);
    const links = valuesOf(html, /<a\s[^>]*?href="([^"]*)"/g).flatMap((href) => {
      const url = new URL(href, address);
      if (url.origin !== address.origin) return [];
      const file = fileOf(url);
      if (file === undefined) return [`${page}: ${href} leads nowhere`];
      const isThere = url.hash === '' || ids.get(file)?.has(decodeURIComponent(url.hash.slice(1)));
      return isThere ? [] : [`${page}: ${href} names no heading`];
    });
    const loads = LOADED.flatMap((pattern) => valuesOf(html, pattern)).flatMap((source) => {
      const url = new URL(source, address);
      if (url.protocol === 'data:') return [];
      if (url.origin !== address.origin) return [`${page}: ${source} is of another origin`];
      return fileOf(url) === undefined ? [`${page}: ${source} does not exist`] : [];
    });
    return [...links, ...loads];
  }

  const styles = files.filter((file) => file.endsWith('.css'));
  return [
    ...[...pages].flatMap(problemsOfPage),
    ...styles.flatMap((file) =>
      valuesOf(read(file), /url\(["']?((?:https?:)?\/\/[^"')]+)/g).map(
        (source) => `${file}: ${source} is of another origin`,
      ),
    ),
  ];
}

/** A page loads the values of these. A link with `rel="canonical"` or the like would need an exception. */
const LOADED = [
  /<(?:script|img|source|iframe|video)\s[^>]*?\bsrc="([^"]*)"/g,
  /\ssrcset="([^" ]*)/g,
  /<link\s[^>]*?href="([^"]*)"/g,
];

function valuesOf(html, pattern) {
  return [...html.matchAll(pattern)].map(([, value]) => value.replaceAll('&amp;', '&'));
}
