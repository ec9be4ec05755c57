import { serviceColour } from '../service/service-colour.ts';
import { toDate, type UnixNano } from '../time/instant.ts';
import type { LegendEntry } from './export-frame.ts';

/** The ids and the date of a picture, so that a reader of the file finds the trace again. */
export function pictureFacts(ids: Readonly<Record<string, string>>, startTime: UnixNano): string[] {
  return [...Object.entries(ids).map(([kind, id]) => `${kind} ${id}`), dateWithZone(startTime)];
}

/** `2026-11-30 10:34:22.123 UTC+01:00`: a file is read in other time zones than it was saved in. */
export function dateWithZone(time: UnixNano): string {
  const date = toDate(time);
  const east = -date.getTimezoneOffset();
  const zone = `${east < 0 ? '-' : '+'}${two(Math.floor(Math.abs(east) / 60))}:${two(Math.abs(east) % 60)}`;
  const local = new Date(date.getTime() + east * 60_000).toISOString();
  return `${local.slice(0, 10)} ${local.slice(11, 23)} UTC${east === 0 ? '' : zone}`;
}

/** The colours of services, in alphabetical order. */
export function serviceLegend(services: Iterable<string>): LegendEntry[] {
  return [...new Set(services)]
    .sort((a, b) => a.localeCompare(b))
    .map((service) => ({ text: service || 'no service', colour: serviceColour(service) }));
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
