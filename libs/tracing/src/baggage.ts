import {
  baggageEntryMetadataFromString,
  propagation,
  type Baggage,
  type BaggageEntry,
} from '@opentelemetry/api';

// W3C Baggage, "limits", applied as in the SDK's propagator: a member is dropped whole, never cut.
const MEMBERS_MAX = 180;
const LENGTH_MAX = 8192;
// The characters that a header may contain. All of them are ASCII, so characters are bytes.
const PRINTABLE = /^[\x20-\x7e]+$/;

/**
 * Writes baggage as a W3C header of at most 180 members and 8192 bytes. Leaves out members that do not fit or cannot be
 * written.
 *
 * @returns an empty text if nothing is left.
 * @see https://www.w3.org/TR/baggage/
 */
export function formatBaggage(baggage: Baggage): string {
  let header = '';
  let members = 0;
  for (const [key, entry] of baggage.getAllEntries()) {
    if (members === MEMBERS_MAX) break;
    const member = formatMember(key, entry);
    const longer = header === '' ? member : `${header},${member}`;
    if (member === '' || longer.length > LENGTH_MAX) continue;
    header = longer;
    members++;
  }
  return header;
}

/**
 * Reads the baggage that was stored with a carrier: `parseBaggage(parseCarrier(stored).baggage)`. Never throws. Leaves
 * out members that are broken or beyond the limits.
 *
 * @returns `undefined` if there is none. For a context, pass it to `propagation.setBaggage`.
 */
export function parseBaggage(header: string | undefined): Baggage | undefined {
  if (typeof header !== 'string') return undefined;
  const entries = new Map<string, BaggageEntry>();
  const end = header.length > LENGTH_MAX ? header.lastIndexOf(',', LENGTH_MAX) : header.length;
  for (const member of header.slice(0, Math.max(0, end)).split(',')) {
    const parsed = parseMember(member);
    if (parsed && entries.size < MEMBERS_MAX) entries.set(...parsed);
  }
  if (entries.size === 0) return undefined;
  // Not through a record of all members, which would lose a member called `__proto__`.
  let baggage = propagation.createBaggage();
  for (const [key, entry] of entries) baggage = baggage.setEntry(key, entry);
  return baggage;
}

function formatMember(key: string, { value, metadata }: BaggageEntry): string {
  try {
    const pair = `${encodeURIComponent(key)}=${encodeURIComponent(value)}`;
    // Properties are opaque to us. A comma inside one would start a new member.
    const properties = metadata?.toString() ?? '';
    if (properties === '' || properties.includes(',')) return pair;
    return PRINTABLE.test(properties) ? `${pair};${properties}` : pair;
  } catch {
    // Half of a surrogate pair cannot be encoded, and other types are not valid here.
    return '';
  }
}

function parseMember(member: string): [string, BaggageEntry] | undefined {
  const [pair = '', ...properties] = member.split(';');
  const separator = pair.indexOf('=');
  if (separator < 0) return undefined;
  try {
    const key = decodeURIComponent(pair.slice(0, separator).trim());
    const value = decodeURIComponent(pair.slice(separator + 1).trim());
    if (key === '' || value === '') return undefined;
    if (properties.length === 0) return [key, { value }];
    return [key, { value, metadata: baggageEntryMetadataFromString(properties.join(';')) }];
  } catch {
    return undefined;
  }
}
