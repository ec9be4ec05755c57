import type { PictureSize } from './picture-size.ts';

// Double the size on the page: sharp on a slide.
const SCALE = 2;
// The limit that every browser can draw. Safari stops at 16 million px, the others far later.
const MOST_PX = 16_000_000;
const LONGEST_PX = 16_000;

/** The scale of a picture: 2, or the limit of a canvas. */
export function pngScale({ width, height }: PictureSize): number {
  return Math.min(
    SCALE,
    LONGEST_PX / Math.max(width, height, 1),
    Math.sqrt(MOST_PX / Math.max(width * height, 1)),
  );
}

/**
 * Draws an SVG onto a canvas. The policy of the page allows images from data addresses, not from
 * blobs.
 */
export async function picturePng(svg: string, size: PictureSize): Promise<Blob> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const scale = pngScale(size);
  const canvas = document.createElement('canvas');
  canvas.width = Math.ceil(size.width * scale);
  canvas.height = Math.ceil(size.height * scale);
  const context = canvas.getContext('2d');
  if (!context) throw new Error('This browser gives no canvas to draw on.');
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => {
      if (blob) resolve(blob);
      else reject(new Error('This picture is too large to draw. The SVG has no such limit.'));
    }, 'image/png');
  });
}
