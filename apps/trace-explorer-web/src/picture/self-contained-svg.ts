import { drawableText } from './fit-text.ts';

export interface PictureCaption {
  readonly title: string;
  readonly description: string;
}

export interface PictureSize {
  readonly width: number;
  readonly height: number;
}

// All properties of the pictures. They are attributes, not styles, because slides and documents
// read those and no policy forbids them.
const DRAWN_WITH = [
  'fill',
  'fill-opacity',
  'stroke',
  'stroke-width',
  'stroke-dasharray',
  'stroke-linecap',
  'stroke-opacity',
  'opacity',
  'font-size',
  'font-weight',
  'font-style',
  'text-anchor',
  'dominant-baseline',
  'transform',
] as const;
const KEPT = new Set<string>(
  [
    'd x y x1 y1 x2 y2 cx cy r rx ry width height points transform viewBox id marker-end marker-start',
    'orient refX refY markerWidth markerHeight markerUnits patternUnits offset dx dy',
  ].flatMap((names) => names.split(' ')),
);
const NS = 'http://www.w3.org/2000/svg';
const FONTS = 'system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif';

/**
 * A picture of the page as a separate file: with the colours of the current theme, without style
 * sheets, links or scripts. Text stays text: it is copied as text nodes and escaped by the
 * serialiser.
 */
export function selfContainedSvg(
  shown: SVGSVGElement,
  caption: PictureCaption,
): { svg: string } & PictureSize {
  const box = shown.viewBox.baseVal;
  const { width, height } = box;
  const root = document.createElementNS(NS, 'svg');
  const attributes = { width, height, viewBox: `${box.x} ${box.y} ${width} ${height}`, role: 'img' };
  for (const [name, value] of Object.entries(attributes)) root.setAttribute(name, String(value));
  root.setAttribute('font-family', FONTS);
  root.append(textElement('title', caption.title), textElement('desc', caption.description));
  root.append(background(shown, box));
  for (const child of shown.children) append(root, child);
  return { svg: new XMLSerializer().serializeToString(root), width, height };
}

function background(shown: SVGSVGElement, { x, y, width, height }: DOMRect): SVGElement {
  const rect = document.createElementNS(NS, 'rect');
  const fill = getComputedStyle(shown).backgroundColor;
  for (const [name, value] of Object.entries({ x, y, width, height, fill }))
    rect.setAttribute(name, String(value));
  return rect;
}

function append(parent: SVGElement, shown: Element): void {
  // Elements that only react to the mouse or only exist for the page are not part of the picture.
  if (!(shown instanceof SVGElement) || shown.dataset['export'] === 'no') return;
  // A link would lead to this machine.
  const copy = document.createElementNS(NS, shown.tagName === 'a' ? 'g' : shown.tagName);
  for (const { name, value } of shown.attributes) if (KEPT.has(name)) copy.setAttribute(name, value);
  const style = getComputedStyle(shown);
  for (const name of DRAWN_WITH) {
    const value = style.getPropertyValue(name);
    if (value === '' || (name === 'transform' && (value === 'none' || shown.hasAttribute('transform'))))
      continue;
    copy.setAttribute(
      name,
      name.startsWith('font') || name === 'stroke-width' ? value.replace(/px$/, '') : value,
    );
  }
  for (const child of shown.childNodes) {
    if (child instanceof Element) append(copy, child);
    else if (child.nodeType === Node.TEXT_NODE) copy.append(drawableText(child.textContent ?? ''));
  }
  parent.append(copy);
}

function textElement(name: string, text: string): SVGElement {
  const element = document.createElementNS(NS, name);
  element.textContent = drawableText(text);
  return element;
}
