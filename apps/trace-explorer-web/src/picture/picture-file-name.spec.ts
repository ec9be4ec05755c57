import { expect, it } from 'vitest';
import { pictureFileName } from './picture-file-name.ts';

it('names a picture by its trace, in plain letters', () => {
  expect(pictureFileName('link-graph', 'POST /orders', '4bf92f3577b34da6', 'svg')).toBe(
    'link-graph-POST-orders-4bf92f35.svg',
  );
  expect(pictureFileName('timeline', '../../..', '4bf92f3577b34da6', 'png')).toBe('timeline-4bf92f35.png');
});
