import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { readBody, type BodyRoom } from '../src/request-body.ts';

/** Reads one body as a server does; answers with what was thrown, or the length of the body. */
async function readOne(body: Buffer, headers: Record<string, string>, room: BodyRoom, maxBytes = 1_000_000) {
  const read = async (request: IncomingMessage) => {
    try {
      return String((await readBody(request, maxBytes, room)).bytes.length);
    } catch (error) {
      return String(error);
    }
  };
  const server = createServer((request, response) => void read(request).then((text) => response.end(text)));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = await (await fetch(url, { method: 'POST', body: new Uint8Array(body), headers })).text();
  server.closeAllConnections();
  server.close();
  return answer;
}

function claims(limit = Infinity) {
  const made: number[] = [];
  const claim = (bytes: number) => {
    if (made.reduce((sum, one) => sum + one, bytes) > limit) throw new Error('no room');
    made.push(bytes);
  };
  return { made, claim };
}

it('claims room for a body as it arrives, and for what it unpacks to before it is unpacked', async () => {
  const packed = gzipSync(Buffer.alloc(100_000));
  const room = claims();
  expect(await readOne(packed, { 'content-encoding': 'gzip' }, room)).toBe('100000');
  expect(room.made).toEqual([packed.length, 100_000]);
});

it('refuses what there is no room for, packed or unpacked, after it has read it all', async () => {
  expect(await readOne(Buffer.alloc(500_000), {}, claims(100_000))).toBe('Error: no room');
  const packed = gzipSync(Buffer.alloc(500_000));
  expect(await readOne(packed, { 'content-encoding': 'gzip' }, claims(100_000))).toBe('Error: no room');
});

it('claims no more for a broken body than one of its length can hold, so that it is found to be broken', async () => {
  const packed = gzipSync(Buffer.from('{}'));
  packed.writeUInt32LE(0xffff_ffff, packed.length - 4);
  const room = claims();
  expect(await readOne(packed, { 'content-encoding': 'gzip' }, room)).toContain('not gzip');
  expect(room.made[1]).toBe(packed.length * 1_032);
});
