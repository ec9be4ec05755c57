import { readFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A command of a page, as a newcomer would copy it. */
export interface DocCommand {
  readonly page: string;
  readonly text: string;
}

/** The pages whose commands are run, in the order of a newcomer. */
export const NEWCOMER_PAGES = [
  'README.md',
  'docs/README.md',
  'docs/span-links.md',
  'docs/first-link.md',
  'docs/your-service.md',
  'docs/your-data.md',
  'docs/production.md',
  'docs/glossary.md',
  'workshop/README.md',
  'workshop/presenter.md',
] as const;

/** All commands in the `sh` blocks of a page. A backslash at the end of a line joins it with the next one. */
export async function commandsIn(root: string, page: string): Promise<DocCommand[]> {
  const text = await readFile(join(root, page), 'utf8');
  return [...text.matchAll(/^```sh.*\n([^]*?)^```$/gm)].flatMap(([, block = '']) =>
    block
      .replace(/\\\n\s*/g, '')
      .split('\n')
      .map((line) => line.replace(/\s+#\s.*$/, '').trim())
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((command) => ({ page, text: command })),
  );
}

/** Commands that are not run here, with where they are run, or what they need that a test has not. */
export const NOT_RUN_HERE: readonly (readonly [RegExp, string])[] = [
  [/^npm ci( && npm (start|test|run workshop))?$/, '.ci/run, workshop/test/newcomer.mjs'],
  [/^npm start$/, 'here, as the process that the other commands talk to'],
  [/^npm run workshop( room)?$/, 'workshop/test/session.spec.ts, workshop/test/room.spec.ts'],
  [/^npx nx serve trace-explorer$/, 'here, as the explorer that npm start brings along'],
  [/explorer-package|^npx (@span-links\/explorer|span-links-explorer)/, 'npx nx run explorer-package:verify'],
  [/docker compose/, 'npx nx run infra:verify'],
  [
    /^npm install @span-links\/tracing|node --import @span-links\/tracing\/register app\.js/,
    'npx nx run tracing:compat',
  ],
  [/^(export )?OTEL_\w+=/, 'they set variables; the sending is in libs/tracing'],
  [
    / traces\.jsonl|@traces\.jsonl/,
    'apps/trace-explorer/test/import.spec.ts; docs/your-data.md has the same with a file that exists',
  ],
];
