import { attributeText, type LinkDirection, type ResolvedLink } from '@span-links/explorer-api';
import { isoInstant } from '../time/instant.ts';
import { timeZone } from '../time/time-zone.ts';
import { relationOf } from './relation.ts';

/** The most that the server returns in one answer. */
export const EXPORT_LIMIT = 10_000;

export const EXPORT_FORMATS = ['json', 'csv'] as const;
export type ExportFormat = (typeof EXPORT_FORMATS)[number];

const COLUMNS = [
  'index',
  'trace_id',
  'span_id',
  'service',
  'name',
  'status',
  'start',
  'duration_ns',
  'gap_ns',
  'relation',
  'attributes',
  'unresolved',
];

export function exportedLinks(links: readonly ResolvedLink[], format: ExportFormat): string {
  if (format === 'json') return `${JSON.stringify(links, null, 2)}\n`;
  return [COLUMNS, ...links.map(cells)].map((row) => `${row.map(csvCell).join(',')}\r\n`).join('');
}

export function exportName(direction: LinkDirection, spanId: string, format: ExportFormat): string {
  return `${direction === 'out' ? 'links-to' : 'linked-from'}-${spanId}.${format}`;
}

function cells(link: ResolvedLink): string[] {
  const { other } = link;
  return [
    String(link.index),
    link.traceId,
    link.spanId,
    other.resolved ? other.service : '',
    other.resolved ? other.name : '',
    other.resolved ? other.status : '',
    other.resolved ? isoInstant(other.startTime, timeZone()) : '',
    other.resolved ? String(other.durationNs) : '',
    link.gapNs === null ? '' : String(link.gapNs),
    relationOf(link.attributes),
    link.attributes.map((attribute) => `${attribute.key}=${attributeText(attribute)}`).join(' '),
    other.resolved ? '' : other.reason,
  ];
}

// RFC 4180. A spreadsheet runs cells that start like a formula, and the text comes from any sender.
// An apostrophe keeps it text.
function csvCell(text: string): string {
  const isNumber = /^-?\d+$/.test(text);
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
