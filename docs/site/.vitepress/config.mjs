import { defineConfig } from 'vitepress';
import { problemsOfPages } from './check-pages.mjs';
import { githubSlug, repositoryLinks } from './repository-links.mjs';
import { sidebar, pagesOf } from './sidebar.mjs';

/** The pages are the files of the repository, where GitHub shows them too. */
const srcDir = '../..';

/** The pages are outside of this folder, so they would look for Vue outside as well, where it is not. */
const vueOfThisFolder = {
  name: 'vue-of-this-folder',
  enforce: 'pre',
  resolveId: (id, _importer, { ssr }) => (ssr && /^vue(\/|$)/.test(id) ? { id, external: true } : undefined),
};

export default defineConfig({
  srcDir,
  outDir: './dist',
  cacheDir: './node_modules/.cache',
  title: 'Span Links',
  description: 'OpenTelemetry span links done right across queues, batches and fan-outs',
  lang: 'en',
  cleanUrls: false,
  srcExclude: [
    '**/test/**',
    '**/compat/**',
    // Reports for reviews, the readers' own files, and hints that would give an exercise away.
    'libs/tracing/{api,api-docs}/**',
    'tools/**',
    'workshop/my/**',
    'workshop/**/hints.md',
    'workshop/slides.md',
    'CODE_OF_CONDUCT.md',
  ],
  rewrites: { 'README.md': 'index.md', ':path(.*)/README.md': ':path/index.md' },
  markdown: {
    anchor: { slugify: githubSlug },
    config: (md) => repositoryLinks(md, new URL('../../../', import.meta.url)),
  },
  vite: { plugins: [vueOfThisFolder] },
  themeConfig: {
    search: { provider: 'local' },
    sidebar,
    outline: { level: [2, 3] },
    nav: [{ text: 'GitHub', link: 'https://github.com/span-links/span-links' }],
    editLink: {
      pattern: ({ filePath }) => `https://github.com/span-links/span-links/edit/main/${filePath}`,
      text: 'Edit this page',
    },
  },
  buildEnd({ pages, outDir, site }) {
    const listed = new Set(pagesOf(sidebar));
    for (const page of pages.filter((one) => !listed.has(one)))
      process.stderr.write(
        `${page} is not in docs/site/.vitepress/sidebar.mjs: only the search leads to it\n`,
      );
    const problems = problemsOfPages(outDir, site.base);
    if (problems.length > 0) throw new Error(problems.join('\n'));
  },
});
