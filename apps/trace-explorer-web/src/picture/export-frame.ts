import { fitText, textWidth } from './fit-text.ts';
import type { PictureSize } from './picture-size.ts';

/** The explanation of a colour or a line of the picture. */
export interface LegendEntry {
  readonly text: string;
  /** A colour of a style sheet, such as `var(--link)`. Without it the entry is a sentence. */
  readonly colour?: string;
  /** `box` by default. */
  readonly mark?: 'box' | 'line' | 'dashes';
}

/** The words around a saved picture. */
export interface FrameText {
  readonly title: string;
  /** Ids and dates. */
  readonly facts: readonly string[];
  readonly legend: readonly LegendEntry[];
}

interface Placed {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface ExportFrame extends PictureSize {
  readonly title: Placed;
  readonly facts: readonly Placed[];
  readonly legend: readonly (Placed & Pick<LegendEntry, 'colour' | 'mark'>)[];
  /** The place of the picture's top left corner, and its scale. */
  readonly picture: { readonly x: number; readonly y: number; readonly scale: number };
  /** The lines that separate the picture from its words. */
  readonly lines: readonly [number, number];
}

/** 16:9, as slides and screens are. */
export const FRAME: PictureSize = { width: 1_600, height: 900 };
export const TITLE_PX = 32;
export const FACTS_PX = 17;
export const LEGEND_PX = 16;
/** The width of the mark before the text of a legend entry. */
export const LEGEND_MARK_PX = 26;
const MARGIN = 48;
const ROOM = FRAME.width - 2 * MARGIN;
const LEGEND_ROW = 26;
const MOST_LEGEND_ROWS = 3;
const GAP = 28;
// Bold letters are wider than the estimate for normal ones.
const BOLD = 1.1;
/** A small picture grows, but its text stays smaller than the title. */
const LARGEST = 2;

/** Places a picture of any size on a page of 16:9, with its title and ids above and its legend below. */
export function exportFrame(picture: PictureSize, { title, facts, legend }: FrameText): ExportFrame {
  const factRows = wrapped(
    facts.map((text) => ({ text })),
    FACTS_PX,
    2,
  );
  const headEnd = 104 + (rowsOf(factRows) - 1) * LEGEND_ROW;
  const legendRows = legendWithin(legend);
  const footStart = FRAME.height - 28 - rowsOf(legendRows) * LEGEND_ROW;
  const top = headEnd + 20;
  const room = { width: ROOM, height: footStart - 16 - top };
  const scale = Math.min(room.width / picture.width, room.height / picture.height, LARGEST);
  return {
    ...FRAME,
    title: { x: MARGIN, y: 56, text: fitText(title, ROOM, TITLE_PX * BOLD) },
    facts: factRows.map(({ row, ...fact }) => ({ ...fact, y: 88 + row * LEGEND_ROW })),
    legend: legendRows.map(({ row, ...entry }) => ({ ...entry, y: footStart + 20 + row * LEGEND_ROW })),
    picture: {
      x: MARGIN + (room.width - picture.width * scale) / 2,
      y: top + (room.height - picture.height * scale) / 2,
      scale,
    },
    lines: [headEnd, footStart - 8],
  };
}

/** As many entries as there is room for; the last one says how many were left out. */
function legendWithin(legend: readonly LegendEntry[]) {
  for (let count = legend.length; count > 0; count--) {
    const left = legend.length - count;
    const entries = left > 0 ? [...legend.slice(0, count), { text: `and ${left} more` }] : legend;
    const rows = wrapped(entries, LEGEND_PX, MOST_LEGEND_ROWS);
    if (rows.length === entries.length) return rows;
  }
  return [];
}

/** Puts texts into rows, each text cut to one row. Texts beyond the last row are left out. */
function wrapped(entries: readonly LegendEntry[], fontPx: number, mostRows: number) {
  const placed: (LegendEntry & { readonly x: number; readonly row: number })[] = [];
  let x = MARGIN;
  let row = 0;
  for (const entry of entries) {
    const markPx = entry.colour === undefined ? 0 : LEGEND_MARK_PX;
    const text = fitText(entry.text, ROOM - markPx, fontPx);
    const width = markPx + textWidth(text, fontPx);
    if (x > MARGIN && x + width > MARGIN + ROOM) {
      x = MARGIN;
      row++;
    }
    if (row >= mostRows) break;
    placed.push({ ...entry, text, x, row });
    x += width + GAP;
  }
  return placed;
}

function rowsOf(placed: readonly { readonly row: number }[]): number {
  return (placed.at(-1)?.row ?? 0) + 1;
}
