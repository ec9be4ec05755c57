import { buffer } from 'node:stream/consumers';
import type { Page } from 'playwright-core';

/** Saves the shown picture with the buttons of the page. */
export async function saved(page: Page, button: 'SVG' | 'PNG') {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('group', { name: 'Save the picture' }).getByRole('button', { name: button }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: await buffer(await download.createReadStream()) };
}

/** Reads an SVG file as a browser does. */
export async function contentOf(page: Page, bytes: Buffer) {
  return page.evaluate((text) => {
    const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
    const root = parsed.documentElement;
    const texts = [...parsed.querySelectorAll('text')];
    // Drawn here, because only a browser knows the width of text.
    const drawn = document.importNode(root, true);
    document.body.append(drawn);
    const frame = drawn.getBoundingClientRect();
    const outside = [...drawn.querySelectorAll('text')]
      .filter((element) => {
        const { left, right, top, bottom } = element.getBoundingClientRect();
        return left < frame.left || right > frame.right || top < frame.top || bottom > frame.bottom;
      })
      .map(({ textContent }) => textContent);
    drawn.remove();
    return {
      root: `${root.namespaceURI} ${root.localName}`,
      broken: parsed.querySelector('parsererror')?.textContent,
      active: parsed.querySelectorAll('script, style, a, image, foreignObject, [href], [onclick]').length,
      title: parsed.querySelector('title')?.textContent ?? '',
      texts: texts.map(({ textContent }) => textContent ?? ''),
      /** Texts that the frame cuts. */
      outside,
      ground: parsed.querySelector('rect')?.getAttribute('fill') ?? null,
      width: Number(root.getAttribute('width')),
      height: Number(root.getAttribute('height')),
    };
  }, bytes.toString('utf8'));
}
