import type { PictureSize } from './picture-size.ts';

/**
 * `auto` fits as long as text stays readable; `overview` shows everything down to half its size;
 * `fit` at any size.
 */
export type ZoomChoice = 'auto' | 'overview' | 'fit' | number;

const LEAST = 0.1;
const MOST = 4;
const READABLE = 0.85;
/** Below this, an overview on a phone would be a row of dots. */
const LEAST_OVERVIEW = 0.5;
/** Small pictures grow on a large screen, but not too much. */
const LARGEST_FIT = 1.5;

/**
 * The scale of the picture.
 *
 * @param isDrawnToWidth the picture was drawn for the width of this room, so only its height may
 * need a smaller scale.
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
  if (choice === 'fit') return clampZoom(fit);
  return Math.max(choice === 'overview' ? LEAST_OVERVIEW : READABLE, fit);
}

export function clampZoom(zoom: number): number {
  return Math.min(MOST, Math.max(LEAST, zoom));
}
