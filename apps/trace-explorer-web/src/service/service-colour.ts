/**
 * Colours of services: eight hues that are told apart with any kind of colour blindness (after Okabe and Ito, darkened for light
 * backgrounds and lightened for dark ones). A colour never stands alone: the name of the service is always beside it.
 *
 * @see https://jfly.uni-koeln.de/color/
 */
const HUES = [
  'light-dark(#0072b2, #56b4e9)',
  'light-dark(#00795a, #2fc59b)',
  'light-dark(#a3467e, #e296c3)',
  'light-dark(#8c6d00, #e8cf3a)',
  'light-dark(#b04a00, #f08a4b)',
  'light-dark(#4b5fc4, #9aa9ff)',
  'light-dark(#5f6b7a, #b3bdc9)',
  'light-dark(#7a5230, #cfa27b)',
] as const;

const KEY = 'span-links.service-colours';
/** Remembered services, so that a sender of ever new names does not fill the browser's storage. */
const REMEMBERED_MAX = 200;

/**
 * The colour of a service, the same in every view, and in this browser on every day. Its name decides on the hue; where another
 * service has that one already, the next free one is taken, until all eight are in use.
 */
export function serviceColour(service: string): string {
  let hue = hues().get(service);
  if (hue === undefined) {
    hue = freeHueFrom(hash(service) % HUES.length);
    if (hues().size < REMEMBERED_MAX) {
      hues().set(service, hue);
      remember();
    }
  }
  return HUES[hue] ?? HUES[0];
}

let known: Map<string, number> | undefined;

function hues(): Map<string, number> {
  return (known ??= new Map(remembered()));
}

function freeHueFrom(first: number): number {
  const taken = new Set(hues().values());
  for (let step = 0; step < HUES.length; step++) {
    const hue = (first + step) % HUES.length;
    if (!taken.has(hue)) return hue;
  }
  return first;
}

// FNV-1a: spreads names that differ in one letter, and needs no table of services.
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return (value ^ (value >>> 15)) >>> 0;
}

// A browser may refuse storage altogether, and what it holds may be anything: the colours then begin anew.
function remembered(): [string, number][] {
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(stored) ? stored.filter(isAssignment).slice(0, REMEMBERED_MAX) : [];
  } catch {
    return [];
  }
}

function isAssignment(entry: unknown): entry is [string, number] {
  return Array.isArray(entry) && typeof entry[0] === 'string' && entry[1] in HUES;
}

function remember(): void {
  try {
    localStorage.setItem(KEY, JSON.stringify([...hues()]));
  } catch {
    return;
  }
}
