import type { PictureSize } from './self-contained-svg.ts';

/** `auto` fits as long as text stays readable; `fit` shows all of it, however small. */
export type ZoomChoice = 'auto' | 'fit' | number;

const LEAST = 0.1;
const MOST = 4;
const READABLE = 0.85;
/** Small pictures grow on a large screen, but not to the size of a poster. */
const LARGEST_FIT = 1.5;

/**
 * By how much the picture is enlarged.
 *
 * @param isDrawnToWidth the picture was drawn for this very room: only its height may ask for less.
 */
export function zoomLevel(
  choice: ZoomChoice,
  picture: PictureSize,
  room: PictureSize,
  isDrawnToWidth = false,
): number {
  if (typeof choice === 'number') return clampZoom(choice);
  if (room.width === 0 || room.height === 0 || (isDrawnToWidth && choice === 'auto')) return 1;
  const largest = isDrawnToWidth ? 1 : LARGEST_FIT;
  const fit = Math.min(room.width / picture.width, room.height / picture.height, largest);
  return choice === 'fit' ? clampZoom(fit) : Math.max(READABLE, fit);
}

export function clampZoom(zoom: number): number {
  return Math.min(MOST, Math.max(LEAST, zoom));
}
