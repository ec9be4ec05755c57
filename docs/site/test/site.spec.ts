import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { problemsOfPages } from '../.vitepress/check-pages.mjs';
import { githubSlug, siteLinks } from '../.vitepress/repository-links.mjs';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'docs-site-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function write(file: string, text = ''): void {
  const path = join(folder, file);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

it.each([
  ['NestJS 11.1.4 and later', 'nestjs-1114-and-later'],
  [
    'Fan-out: parallel operations, each in its own trace',
    'fan-out-parallel-operations-each-in-its-own-trace',
  ],
  ['`npm start` does not use Nx', 'npm-start-does-not-use-nx'],
])('the heading "%s" has the id that GitHub gives it', (heading, id) => {
  expect(githubSlug(heading)).toBe(id);
});

describe('a link of a file of the repository', () => {
  const link = (href: string, from = 'docs/span-links.md') =>
    String(siteLinks(pathToFileURL(`${folder}/`)).linkOf(href, join(folder, from)));
  beforeEach(() => {
    for (const file of [
      'README.md',
      'LICENSE',
      'docs/span-links.md',
      'docs/first-link.md',
      'libs/tracing/README.md',
      'libs/otlp/src/index.ts',
    ])
      write(file);
  });

  it('leads to the page of the site, if there is one', () => {
    expect(link('first-link.md#run-it')).toBe('/docs/first-link.md#run-it');
    expect(link('../libs/tracing/README.md')).toBe('/libs/tracing/index.md');
    expect(link('../libs/tracing')).toBe('/libs/tracing/index.md');
    expect(link('../README.md')).toBe('/index.md');
  });

  it('leads to GitHub, if the site does not show the file', () => {
    expect(link('LICENSE', 'README.md')).toBe('https://github.com/span-links/span-links/blob/main/LICENSE');
    expect(link('../libs/otlp/src')).toBe('https://github.com/span-links/span-links/tree/main/libs/otlp/src');
  });

  it('stays as it is, if it is no relative path', () => {
    for (const href of ['https://opentelemetry.io', '#here', 'mailto:me@example.org', '//example.org'])
      expect(link(href)).toBe(href);
  });

  it('is an error, if the file does not exist', () => {
    expect(() => link('gone.md')).toThrow('docs/span-links.md links to gone.md, which does not exist');
  });
});

describe('a built page', () => {
  const problems = (): string[] => problemsOfPages(folder, '/span-links/');
  beforeEach(() => write('docs/other.html', '<h2 id="there">There</h2>'));

  it('has no problem, if its links, anchors and files are there', () => {
    write('picture.png');
    write(
      'index.html',
      '<a href="/span-links/docs/other.html#there">x</a><a href="https://example.org">x</a><img src="/span-links/picture.png">',
    );
    expect(problems()).toEqual([]);
  });

  it.each([
    ['<a class="x" href="/span-links/gone.html">x</a>', 'index.html: /span-links/gone.html leads nowhere'],
    ['<a href="/docs/other.html">x</a>', 'index.html: /docs/other.html leads nowhere'],
    ['<a href="docs/other.html#gone">x</a>', 'index.html: docs/other.html#gone names no heading'],
    ['<img alt="" src="gone.png">', 'index.html: gone.png does not exist'],
    [
      '<script src="https://cdn.example/x.js"></script>',
      'index.html: https://cdn.example/x.js is of another origin',
    ],
    [
      '<link rel="stylesheet" href="//fonts.example/x.css">',
      'index.html: //fonts.example/x.css is of another origin',
    ],
  ])('with %s is refused', (html, problem) => {
    write('index.html', html);
    expect(problems()).toEqual([problem]);
  });

  it('is refused, if a style of the site loads something from another origin', () => {
    write('assets/style.css', '@font-face{src:url(https://fonts.example/x.woff2)}');
    expect(problems()).toEqual(['assets/style.css: https://fonts.example/x.woff2 is of another origin']);
  });
});
