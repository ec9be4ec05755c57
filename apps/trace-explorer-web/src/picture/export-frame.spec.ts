import { describe, expect, it } from 'vitest';
import { exportFrame, FACTS_PX, FRAME, LEGEND_PX, TITLE_PX } from './export-frame.ts';
import { textWidth } from './fit-text.ts';

const text = {
  title: 'Link graph of process-batch (orders-batch)',
  facts: ['trace 4bf92f3577b34da6a3ce929d0e0e4736', 'span 00f067aa0ba902b7', '2026-11-30 09:30:00.000 UTC'],
  legend: [
    { text: 'orders-api', colour: 'red' },
    { text: 'An arrow points to the target.', colour: 'blue', mark: 'dashes' as const },
  ],
};

describe('the frame of a saved picture', () => {
  it.for([
    ['wide', { width: 4_000, height: 300 }],
    ['tall', { width: 600, height: 9_000 }],
    ['small', { width: 200, height: 90 }],
    ['of 16:9', { width: 1_600, height: 900 }],
  ] as const)('holds a %s picture between its words', ([, size]) => {
    const { width, height, picture, lines, title, facts, legend } = exportFrame(size, text);
    expect(width / height).toBeCloseTo(16 / 9);
    expect(picture.scale).toBeLessThanOrEqual(2);
    expect(picture.x).toBeGreaterThanOrEqual(48);
    expect(picture.x + size.width * picture.scale).toBeLessThanOrEqual(width - 47.9);
    expect(picture.y).toBeGreaterThan(lines[0]);
    expect(picture.y + size.height * picture.scale).toBeLessThan(lines[1]);
    for (const above of [title, ...facts]) expect(above.y).toBeLessThan(lines[0]);
    for (const below of legend) {
      expect(below.y - LEGEND_PX).toBeGreaterThan(lines[1]);
      expect(below.y).toBeLessThan(height - 16);
    }
  });

  it('cuts a long title with an ellipsis, and keeps a short one', () => {
    expect(exportFrame(FRAME, text).title.text).toBe(text.title);
    const long = exportFrame(FRAME, { ...text, title: 'process every order of the day '.repeat(20) }).title;
    expect(long.text).toMatch(/^process every order .*…$/);
    expect(long.x + textWidth(long.text, TITLE_PX)).toBeLessThan(FRAME.width - 48);
  });

  it('keeps ids complete: what does not fit into one row continues in the next', () => {
    const ids = Array.from({ length: 4 }, (_, n) => `trace ${String(n).repeat(48)}`);
    const { facts } = exportFrame(FRAME, { ...text, facts: ids });
    expect(facts.map((fact) => fact.text)).toEqual(ids);
    expect(new Set(facts.map(({ y }) => y)).size).toBe(2);
    for (const fact of facts) expect(fact.x + textWidth(fact.text, FACTS_PX)).toBeLessThan(FRAME.width - 47);
  });

  it('says how many entries of a long legend were left out', () => {
    const services = Array.from({ length: 200 }, (_, n) => ({ text: `service-number-${n}`, colour: 'red' }));
    const { legend } = exportFrame(FRAME, { ...text, legend: services });
    expect(new Set(legend.map(({ y }) => y)).size).toBe(3);
    expect(legend.at(-1)?.text).toBe(`and ${200 - (legend.length - 1)} more`);
  });

  it('needs no legend', () => {
    expect(exportFrame(FRAME, { ...text, legend: [] }).legend).toEqual([]);
  });
});
