import type { ReactNode } from 'react';
import { flushSync } from 'react-dom';
import { createRoot } from 'react-dom/client';

/**
 * Draws a picture that the page does not show, and hands its SVG to `read`. It has to be in the
 * document, because style sheets give it its colours.
 */
export function drawOffPage<Result>(
  picture: ReactNode,
  read: (svg: SVGSVGElement) => Result,
): Result | undefined {
  const host = document.createElement('div');
  host.className = 'visually-hidden';
  host.setAttribute('aria-hidden', 'true');
  document.body.append(host);
  const root = createRoot(host);
  try {
    flushSync(() => root.render(picture));
    const svg = host.querySelector('svg');
    return svg ? read(svg) : undefined;
  } finally {
    root.unmount();
    host.remove();
  }
}
