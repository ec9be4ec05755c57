import { existsSync, statSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { pagesOf, sidebar } from './sidebar.mjs';

const REPOSITORY = 'https://github.com/span-links/span-links';
const pages = new Set(pagesOf(sidebar));

/** The id that GitHub gives to a heading, so that a link to it works in both places. */
export function githubSlug(heading) {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replace(/ /g, '-');
}

/** Says where the relative links of files lead on the site. A link to a file that does not exist is an error. */
export function siteLinks(root) {
  const folder = fileURLToPath(root);

  /** @returns the path of the file that a file links to, from the root of the repository. */
  function fileOf(path, from) {
    const file = join(dirname(from), decodeURI(path));
    if (!existsSync(file))
      throw new Error(`${slashed(relative(folder, from))} links to ${path}, which does not exist`);
    return slashed(relative(folder, file));
  }

  function linkOf(href, from) {
    if (/^(?:[a-z][a-z+.-]*:|#|\/)/i.test(href)) return href;
    const [, path, rest] = /^([^?#]*)(.*)$/.exec(href);
    const file = fileOf(path, from);
    const page = [file, join(file, 'README.md')].map(slashed).find((one) => pages.has(one));
    if (page) return `/${page.replace(/README\.md$/, 'index.md')}${rest}`;
    const kind = statSync(join(folder, file)).isDirectory() ? 'tree' : 'blob';
    return `${REPOSITORY}/${kind}/main/${file}${rest}`;
  }

  return { fileOf, linkOf };
}

const slashed = (path) => path.split('\\').join('/');

/** Makes the links of the pages that work on GitHub work on the site as well, with `siteLinks`. */
export function repositoryLinks(md, root) {
  const { fileOf, linkOf } = siteLinks(root);
  md.core.ruler.push('repository_links', ({ tokens, env }) => {
    const from = env.realPath ?? env.path;
    for (const token of tokens.flatMap((one) => [one, ...(one.children ?? [])])) {
      const href = token.type === 'link_open' && token.attrGet('href');
      if (href) token.attrSet('href', linkOf(href, from));
      // A bundler takes a path for a file only if it begins with a dot.
      if (token.type === 'html_block' || token.type === 'html_inline')
        token.content = token.content.replace(
          /\b(src|srcset)="(?![a-z]+:|[/.#])([^"]+)"/g,
          (_, name, path) => {
            fileOf(path, from);
            return `${name}="./${path}"`;
          },
        );
    }
  });
}
