import { expect, it } from 'vitest';
import { attributesJson } from './attribute-json.ts';

it('writes attributes as the JSON that a reader expects', () => {
  expect(
    attributesJson([
      { key: 'text', type: 'string', value: 'a' },
      { key: 'count', type: 'int', value: '5' },
      { key: 'big', type: 'int', value: '9223372036854775807' },
      { key: 'list', type: 'array', value: [{ type: 'bool', value: true }, { type: 'empty' }] },
      { key: 'map', type: 'map', value: [{ key: 'x', type: 'double', value: 1.5 }] },
      { key: 'twice', type: 'string', value: 'one' },
      { key: 'twice', type: 'string', value: 'two' },
    ]),
  ).toEqual({
    text: 'a',
    count: 5,
    big: '9223372036854775807',
    list: [true, null],
    map: { x: 1.5 },
    twice: ['one', 'two'],
  });
});
