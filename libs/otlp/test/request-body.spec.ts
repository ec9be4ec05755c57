import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import zlib, { deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { readBody, type BodyRoom } from '../src/request-body.ts';

/** Reads one body like a server. Answers with the error, or with the length of the body. */
async function readOne(body: Buffer, headers: Record<string, string>, room: BodyRoom, maxBytes = 1_000_000) {
  const read = async (request: IncomingMessage) => {
    try {
      return String((await readBody(request, { maxBytes, room })).bytes.length);
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

/** Counts claimed bytes, and refuses claims over the limit. */
function claims(limit = Infinity) {
  const room = {
    claimed: 0,
    claim(bytes: number) {
      if (room.claimed + bytes > limit) throw new Error('no room');
      room.claimed += bytes;
    },
  };
  return room;
}

const gzip = { 'content-encoding': 'gzip' };

/** A gzip member that states a chosen length. */
function stating(length: number, packed: Buffer): Buffer {
  const lying = Buffer.from(packed);
  lying.writeUInt32LE(length, lying.length - 4);
  return lying;
}

it('claims room for a body as it arrives', async () => {
  const room = claims();
  expect(await readOne(Buffer.alloc(100_000), {}, room)).toBe('100000');
  expect(room.claimed).toBe(100_000);
});

it('claims room for the decompressed body, for any stated length', async () => {
  const packed = gzipSync(Buffer.alloc(500_000));
  for (const body of [stating(0, packed), Buffer.concat([packed, gzipSync(Buffer.alloc(0))])]) {
    const room = claims(400_000);
    expect(await readOne(body, gzip, room)).toBe('Error: no room');
    expect(room.claimed).toBeGreaterThan(300_000);
  }
  const room = claims();
  expect(await readOne(packed, gzip, room)).toBe('500000');
  expect(room.claimed).toBeGreaterThanOrEqual(500_000);
});

it('reads all members of gzip, for any pieces of the body', async () => {
  const members = Array.from({ length: 40 }, (_, n) => gzipSync(Buffer.alloc(n * 1_000, `${n}`)));
  expect(await readOne(Buffer.concat(members), gzip, claims())).toBe('780000');
});

it('refuses a body without room, compressed or decompressed, after reading it all', async () => {
  expect(await readOne(Buffer.alloc(500_000), {}, claims(100_000))).toBe('Error: no room');
  const packed = gzipSync(Buffer.alloc(500_000));
  expect(await readOne(packed, gzip, claims(200_000))).toBe('Error: no room');
});

it('refuses a body above the limit before it is fully decompressed', async () => {
  const room = claims();
  expect(await readOne(gzipSync(Buffer.alloc(50_000_000)), gzip, room)).toContain(
    'larger than 1000000 bytes',
  );
  expect(room.claimed).toBeLessThan(1_200_000);
});

it('tells a broken body from a large one', async () => {
  const packed = gzipSync(Buffer.from('{}'.repeat(1_000)));
  expect(await readOne(stating(0xffff_ffff, packed), gzip, claims())).toContain('not gzip');
  expect(await readOne(packed.subarray(0, 20), gzip, claims())).toContain('not gzip');
  expect(await readOne(Buffer.from('{}'), gzip, claims())).toContain('not gzip');
  expect(await readOne(Buffer.from('{}'), { 'content-encoding': 'deflate' }, claims())).toContain(
    'not deflate',
  );
});

const zstd = zlib as typeof zlib & { zstdCompressSync?: (bytes: Buffer) => Buffer };

it.each<[string, (bytes: Buffer) => Buffer]>([
  ['GZIP', gzipSync],
  ['x-gzip', gzipSync],
  [' Gzip ', gzipSync],
  ['identity, gzip', gzipSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['identity', (bytes: Buffer) => bytes],
  ['', (bytes: Buffer) => bytes],
  ...(zstd.zstdCompressSync ? [['zstd', zstd.zstdCompressSync] as [string, (bytes: Buffer) => Buffer]] : []),
])('reads Content-Encoding: %s', async (encoding, pack) => {
  const body = Buffer.from('{"resourceSpans":[]}'.repeat(500));
  expect(await readOne(pack(body), { 'content-encoding': encoding }, claims())).toBe('10000');
});

it.each(['snappy', 'lz4', 'br', 'gzip, gzip', ...(zstd.zstdCompressSync ? [] : ['zstd'])])(
  'refuses Content-Encoding: %s and lists the supported ones',
  async (encoding) => {
    const answer = await readOne(Buffer.from('{}'), { 'content-encoding': encoding }, claims());
    expect(answer).toMatch(/is not supported; send gzip, deflate.* or none/);
  },
);
