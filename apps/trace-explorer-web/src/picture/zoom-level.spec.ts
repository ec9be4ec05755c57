import { expect, it } from 'vitest';
import { clampZoom, zoomLevel } from './zoom-level.ts';

const room = { width: 1_000, height: 500 };

it('fits a picture, but keeps it readable until the whole picture is requested', () => {
  const tall = { width: 800, height: 5_000 };
  expect(zoomLevel('fit', tall, room)).toBeCloseTo(0.1);
  expect(zoomLevel('auto', tall, room)).toBe(0.85);
  expect(zoomLevel('auto', { width: 1_100, height: 300 }, room)).toBeCloseTo(0.909);
});

it('gives an overview down to half the size', () => {
  expect(zoomLevel('overview', { width: 1_600, height: 300 }, room)).toBeCloseTo(0.625);
  expect(zoomLevel('overview', { width: 9_000, height: 300 }, room)).toBe(0.5);
});

it('enlarges small pictures a little', () => {
  expect(zoomLevel('auto', { width: 100, height: 50 }, room)).toBe(1.5);
});

it('leaves a picture unchanged that was drawn for its room', () => {
  expect(zoomLevel('auto', { width: 984, height: 2_000 }, room, true)).toBe(1);
  expect(zoomLevel('fit', { width: 984, height: 1_000 }, room, true)).toBe(0.5);
});

it('has limits', () => {
  expect(clampZoom(100)).toBe(4);
  expect(zoomLevel(0, room, room)).toBe(0.1);
  expect(zoomLevel('auto', room, { width: 0, height: 0 })).toBe(1);
});
