import { expect, it } from 'vitest';
import { pngScale } from './picture-png.ts';

it('draws at double size, or at the limit of a canvas', () => {
  expect(pngScale({ width: 1_200, height: 600 })).toBe(2);
  expect(6_000 * pngScale({ width: 400, height: 6_000 })).toBeLessThanOrEqual(16_000);
  const large = { width: 9_000, height: 9_000 };
  expect(large.width * large.height * pngScale(large) ** 2).toBeLessThanOrEqual(16_000_001);
});
