import {
  exportFrame,
  FACTS_PX,
  LEGEND_MARK_PX,
  LEGEND_PX,
  TITLE_PX,
  type ExportFrame,
  type FrameText,
} from './export-frame.ts';
import { drawableText } from './fit-text.ts';
import type { PictureSize } from './picture-size.ts';

export interface PictureCaption extends FrameText {
  /** For readers who cannot see the picture. */
  readonly description: string;
}

export interface SvgFile extends PictureSize {
  readonly svg: string;
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
 * A picture of the page as a separate file of 16:9: with its title, ids and legend, with the colours
 * of the current theme, without style sheets, links or scripts. Text stays text: it is copied as
 * text nodes and escaped by the serialiser.
 */
export function selfContainedSvg(shown: SVGSVGElement, caption: PictureCaption): SvgFile {
  const box = shown.viewBox.baseVal;
  const frame = exportFrame(box, caption);
  const { width, height, picture } = frame;
  const root = element('svg', {
    width,
    height,
    viewBox: `0 0 ${width} ${height}`,
    role: 'img',
    'font-family': FONTS,
  });
  root.append(element('title', {}, caption.title), element('desc', {}, caption.description));
  const colours = themeColours(shown);
  root.append(element('rect', { width, height, fill: colours.of('var(--surface-sunken)') }));
  const { x, y, scale } = picture;
  const place = `translate(${x - box.x * scale} ${y - box.y * scale}) scale(${scale})`;
  const drawn = element('g', { transform: place });
  for (const child of shown.children) append(drawn, child);
  root.append(drawn, ...wordsAround(frame, colours.of));
  colours.end();
  return { svg: new XMLSerializer().serializeToString(root), width, height };
}

/** The title and the ids above the picture, and the legend below it. */
function wordsAround(frame: ExportFrame, colourOf: (name: string) => string): SVGElement[] {
  const [plain, quiet] = [colourOf('var(--text)'), colourOf('var(--text-quiet)')];
  const { title, facts, legend, lines, width } = frame;
  return [
    ...lines.map((y) =>
      element('line', { x1: 0, x2: width, y1: y, y2: y, stroke: colourOf('var(--line-strong)') }),
    ),
    element('text', { ...at(title), fill: plain, 'font-size': TITLE_PX, 'font-weight': 700 }, title.text),
    ...facts.map((fact) => element('text', { ...at(fact), fill: quiet, 'font-size': FACTS_PX }, fact.text)),
    ...legend.flatMap(({ x, y, text, colour, mark = 'box' }) => {
      const words = { x, y, fill: plain, 'font-size': LEGEND_PX };
      if (colour === undefined) return [element('text', { ...words, fill: quiet }, text)];
      const stroke = colourOf(colour);
      const sign =
        mark === 'box'
          ? element('rect', { x, y: y - 13, width: 15, height: 15, rx: 3, fill: stroke })
          : element('path', {
              d: `M${x},${y - 5}h18`,
              stroke,
              'stroke-width': 2.5,
              ...(mark === 'dashes' && { 'stroke-dasharray': '5 3' }),
            });
      return [sign, element('text', { ...words, x: x + LEGEND_MARK_PX }, text)];
    }),
  ];
}

const at = ({ x, y }: { x: number; y: number }) => ({ x, y });

/** Computes the colours of style sheets where the picture is shown, because they depend on the theme. */
function themeColours(shown: Element) {
  const probe = document.createElement('span');
  (shown.parentElement ?? document.body).append(probe);
  return {
    of: (colour: string) => {
      probe.style.color = colour;
      return getComputedStyle(probe).color;
    },
    end: () => probe.remove(),
  };
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

function element(
  name: string,
  attributes: Readonly<Record<string, string | number>>,
  text?: string,
): SVGElement {
  const made = document.createElementNS(NS, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, String(value));
  if (text !== undefined) made.textContent = drawableText(text);
  return made;
}
