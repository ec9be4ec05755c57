import { expect, it } from 'vitest';
import { dateWithZone, pictureFacts, serviceLegend } from './caption-parts.ts';

it('dates a picture with its time zone', () => {
  const date = dateWithZone('1764495262123000000');
  const [, day, clock, zone = ''] = /^(\S+) (\S+) UTC([+-]\d\d:\d\d)?$/.exec(date) ?? [];
  expect(new Date(`${day}T${clock}${zone || 'Z'}`).toISOString()).toBe('2025-11-30T09:34:22.123Z');
});

it('names every id and the date', () => {
  expect(pictureFacts({ trace: 'a1', span: 'b2' }, '0')).toEqual(['trace a1', 'span b2', dateWithZone('0')]);
});

it('names each service once, with its colour', () => {
  expect(serviceLegend(['b', 'a', 'b', '']).map(({ text }) => text)).toEqual(['no service', 'a', 'b']);
  expect(serviceLegend(['a'])[0]?.colour).toMatch(/^light-dark\(/);
});
