/**
 * Colours of services: twelve hues. The first eight differ with any kind of colour blindness (after
 * Okabe and Ito, darkened for light backgrounds and lightened for dark ones). The name of the
 * service is always next to its colour.
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
  'light-dark(#7a3fb0, #c79bf2)',
  'light-dark(#5a7d00, #a9cf3f)',
  'light-dark(#b3263e, #ff8fa0)',
  'light-dark(#006d7a, #4fc7d6)',
] as const;

/**
 * A start of the hash that gives clearly different hues to the services of the demo and to a few common
 * names.
 */
const SEED = 0x811c9dc5 ^ 3627;

/**
 * The colour of a service. It depends only on the name, so it is the same in every view, browser
 * and saved picture. Services may share one of the twelve hues.
 */
export function serviceColour(service: string): string {
  return HUES[hash(service) % HUES.length] ?? HUES[0];
}

// FNV-1a with a final mix: separates names that differ in one letter, and needs no table of
// services.
function hash(text: string): number {
  let value = SEED >>> 0;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  value = Math.imul(value ^ (value >>> 15), 0x2c1b3c6d);
  return (value ^ (value >>> 12)) >>> 0;
}
