import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { marked, type Token } from 'marked';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const pages = execFileSync('git', ['ls-files', '*.md'], { cwd: root, encoding: 'utf8' })
  .split('\n')
  .filter((page) => page !== '');

/** The targets of the links and pictures of a page that lead to other places of this repository. */
function relativeLinksOf(page: string): string[] {
  const links: string[] = [];
  const tokens = marked.lexer(readFileSync(join(root, page), 'utf8'));
  void marked.walkTokens(tokens, (token: Token) => {
    if (token.type === 'link' || token.type === 'image') links.push((token as { href: string }).href);
  });
  return links.filter((href) => !/^([a-z][a-z0-9+.-]*:|\/\/)/i.test(href));
}

/** The anchors of a page as GitHub makes them from its headings. */
function anchorsOf(page: string): Set<string> {
  const seen = new Map<string, number>();
  const anchors = new Set<string>();
  void marked.walkTokens(marked.lexer(readFileSync(join(root, page), 'utf8')), (token: Token) => {
    if (token.type !== 'heading') return;
    const slug = (token as { text: string }).text
      .replace(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .replace(/[`*]/g, '')
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\p{M}_ -]/gu, '')
      .replaceAll(' ', '-');
    const repeated = seen.get(slug) ?? 0;
    seen.set(slug, repeated + 1);
    anchors.add(repeated === 0 ? slug : `${slug}-${repeated}`);
  });
  return anchors;
}

/** Explains why a link leads nowhere, or returns undefined. */
function faultOf(page: string, href: string): string | undefined {
  const [path = '', anchor] = decodeURI(href).split('#');
  const target = path === '' ? page : join(dirname(page), path);
  if (!existsSync(join(root, target))) return `${href}: there is no ${target}`;
  if (anchor !== undefined && target.endsWith('.md') && !anchorsOf(target).has(anchor))
    return `${href}: ${target} has no such heading`;
  return undefined;
}

describe('the links of the documents', () => {
  it('are in more than fifty pages', () => {
    expect(pages.length).toBeGreaterThan(50);
    expect(pages.flatMap(relativeLinksOf).length).toBeGreaterThan(100);
  });

  it.each(pages)('lead from %s to files and headings that exist', (page) => {
    expect(
      relativeLinksOf(page)
        .map((href) => faultOf(page, href))
        .filter(Boolean),
    ).toEqual([]);
  });
});
