import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { onJsonLine, writeJsonLine } from './guardian-protocol.ts';

function listen() {
  const stream = new PassThrough();
  const heard: unknown[] = [];
  onJsonLine(stream, (message) => heard.push(message));
  return { stream, heard };
}

test('messages arrive whole, for any split of the bytes', async () => {
  const { stream, heard } = listen();
  const bytes = Buffer.from('{"text":"grüß"}\n{"n":2}\n');
  for (const byte of bytes) stream.write(Buffer.of(byte));
  await turn();
  expect(heard).toEqual([{ text: 'grüß' }, { n: 2 }]);
});

test('a line that is not JSON is skipped', async () => {
  const { stream, heard } = listen();
  stream.write('hello\n\n{"n":1}\n');
  await turn();
  expect(heard).toEqual([{ n: 1 }]);
});

test('a line without an end ends the reading', async () => {
  const { stream } = listen();
  stream.write('x'.repeat(70_000));
  await turn();
  expect(stream.destroyed).toBe(true);
});

test('writing to a stream that has ended is no error', async () => {
  const { stream, heard } = listen();
  writeJsonLine(stream, { n: 1 });
  stream.end();
  writeJsonLine(stream, { n: 2 });
  await turn();
  expect(heard).toEqual([{ n: 1 }]);
});
