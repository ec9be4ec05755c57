import { describe, expect } from 'vitest';
import { violationsOf } from './axe.ts';
import { it as withExplorer } from './reader.ts';

const SCREENS = [
  ['in light colours', { colorScheme: 'light' }],
  ['in dark colours', { colorScheme: 'dark' }],
  ['on 360 px', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
] as const;
/** Rules that Swagger UI's markup breaks. */
const MARKUP = ['nested-interactive', 'heading-order', 'region', 'scrollable-region-focusable'];

describe.for(SCREENS)('%s, the documentation of the API', ([, options]) => {
  const it = withExplorer.override({ contextOptions: options });
  it('has readable text and targets that are large enough for fingers, and leads back to the explorer', async ({
    page,
  }) => {
    await page.goto('/docs');
    await page.locator('.opblock').first().waitFor();
    expect(await violationsOf(page, MARKUP)).toEqual([]);
    await page.locator('.opblock-get .opblock-summary-control').first().click();
    await page.locator('.opblock-body').first().waitFor();
    expect(await violationsOf(page, MARKUP)).toEqual([]);
    expect(await page.getByRole('link', { name: 'Back to' }).getAttribute('href')).toBe('/');
  });
});
