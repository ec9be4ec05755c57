import { expect, it } from 'vitest';
import { logText } from './log-text.ts';

const text = (key: string, value: string) => ({ key, type: 'string' as const, value });

it.each([
  [
    'the body in one line',
    { body: { type: 'string' as const, value: ' a\n  b ' }, attributes: [text('k', 'v')] },
    'a b',
  ],
  [
    'the exception of a record without a body',
    {
      body: null,
      attributes: [text('k', 'v'), text('exception.message', 'no'), text('exception.type', 'E')],
    },
    'E: no',
  ],
  ['the attributes of any other', { body: null, attributes: [text('a', '1'), text('b', '2')] }, 'a=1 b=2'],
  ['nothing for an empty record', { body: null, attributes: [] }, ''],
])('the text of a log record is %s', (_, record, expected) => {
  expect(logText(record)).toBe(expected);
});
