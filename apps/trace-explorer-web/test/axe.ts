import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * The accessibility violations of a page, one per line, including contrast and target sizes.
 *
 * @param ignored ids of axe's rules that third-party markup breaks.
 */
export async function violationsOf(page: Page, ignored: readonly string[] = []): Promise<string[]> {
  await page.evaluate(axe);
  const rules = Object.fromEntries(ignored.map((id) => [id, { enabled: false }]));
  const violations = await page.evaluate(
    async (options) => {
      const { axe: loaded } = window as unknown as {
        axe: { run(options: object): Promise<Pick<AxeResults, 'violations'>> };
      };
      return (await loaded.run(options)).violations;
    },
    { runOnly: { type: 'tag', values: TAGS }, rules },
  );
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ html, any }) => `${id}: ${help}: ${html.slice(0, 200)} ${any[0]?.message ?? ''}`),
  );
}
