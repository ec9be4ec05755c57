import type { Attribute } from '@span-links/explorer-api';

/** The longest answer of a tool, in characters: about 3,000 tokens. */
const MAX_CHARACTERS = 10_000;
const MAX_NAME = 120;

/** The answer of a tool: lines, the omitted parts, and the page with the details. */
export interface Answer {
  readonly lines: readonly string[];
  /** Sentences about requested parts that are not in the lines. */
  readonly omitted?: readonly (string | undefined)[];
  /** The address of the page without the origin. */
  readonly page: string;
}

/** The answer as text. Lines beyond the limit are counted instead. */
export function answerText({ lines, omitted = [], page }: Answer, origin: string): string {
  const shown: string[] = [];
  let characters = 0;
  for (const line of lines) {
    characters += line.length + 1;
    if (characters > MAX_CHARACTERS) break;
    shown.push(line);
  }
  const cut = lines.length - shown.length;
  const left = [...omitted, cut > 0 ? `${cut} more lines` : undefined].filter((text) => text !== undefined);
  return [
    ...shown,
    '',
    `Omitted: ${left.length === 0 ? 'nothing' : left.join('; ')}.`,
    `Page: ${origin}${page}`,
  ].join('\n');
}

/** A name or message of a traced application, on one line. */
export function named(text: string, limit = MAX_NAME): string {
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\u2028-\u202e\u2066-\u2069]+/g, ' ');
  return line.length > limit ? `${line.slice(0, limit)}…` : line;
}

/** The text of an attribute; undefined if it is missing or not a text. */
export function textOf(attributes: readonly Attribute[], name: string): string | undefined {
  const found = attributes.find(({ key }) => key === name);
  return found?.type === 'string' ? found.value : undefined;
}

/** A duration for people: `850 µs`, `12.3 ms`, `4.5 s`, `3 m 20 s`. */
export function durationText(ns: number): string {
  if (ns < 1e6) return `${Math.round(ns / 1e3)} µs`;
  if (ns < 1e9) return `${(ns / 1e6).toFixed(ns < 1e8 ? 1 : 0)} ms`;
  if (ns < 120e9) return `${(ns / 1e9).toFixed(1)} s`;
  const seconds = Math.round(ns / 1e9);
  return seconds < 7_200
    ? `${Math.floor(seconds / 60)} m ${seconds % 60} s`
    : `${Math.floor(seconds / 3_600)} h ${Math.floor((seconds % 3_600) / 60)} m`;
}

/** A unix time in ns as ISO 8601, in ms. */
export function timeText(ns: string): string {
  return new Date(Number(BigInt(ns) / 1_000_000n)).toISOString();
}

export const tracePage = (traceId: string, spanId?: string) =>
  `/trace/${traceId}${spanId === undefined ? '' : `?spanId=${spanId}`}`;
export const journeyPage = (journeyId: string) => `/journey/${journeyId}`;
export const listPage = (path: '/' | '/traces', query: string) =>
  query === '' ? path : `${path}?${new URLSearchParams({ q: query }).toString()}`;
