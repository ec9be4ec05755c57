import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const gunzipAsync = promisify(gunzip);

// What deflate can do at most. A body that states more is broken, which has to be found out and not refused for want of room.
const MAX_GZIP_RATIO = 1_032;

/** A body that is refused, with the HTTP status that says so. */
export class BodyRefused extends Error {
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Told of memory before it is taken, so that a server can bound what all its bodies take together. `claim` throws to refuse;
 * what was claimed is given back by whoever made the room.
 */
export interface BodyRoom {
  claim(bytes: number): void;
}

const ENDLESS_ROOM: BodyRoom = { claim: () => undefined };

/**
 * Reads a request's body, unpacked if it says gzip. The limit holds before and after unpacking, as OTLP/HTTP demands:
 * gzip packs zeros a thousandfold.
 *
 * @throws {BodyRefused} or what `room` throws
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
  room: BodyRoom = ENDLESS_ROOM,
): Promise<{ bytes: Uint8Array; bytesOnWire: number }> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw new BodyRefused(415, `Content-Encoding ${encoding} is not supported; send gzip or none`);
  }
  const packed = await collect(request, maxBytes, room);
  const bytes = encoding === 'gzip' ? await unpack(packed, maxBytes, room) : packed;
  return { bytes, bytesOnWire: packed.length };
}

/** Reads to the end even past a refusal, keeping nothing more: a client cut off while it writes never sees the answer. */
async function collect(request: IncomingMessage, maxBytes: number, room: BodyRoom): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  let refusal: unknown;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > maxBytes) refusal ??= tooLarge(maxBytes);
    try {
      if (refusal === undefined) room.claim(chunk.length);
    } catch (error) {
      refusal = error;
    }
    if (refusal === undefined) chunks.push(chunk);
    else chunks.length = 0;
  }
  // Only what this function was given to refuse with is thrown: errors, all of them.
  if (refusal !== undefined) throw refusal as Error;
  return chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks, length);
}

async function unpack(packed: Buffer, maxBytes: number, room: BodyRoom): Promise<Buffer> {
  room.claim(Math.min(statedLength(packed), packed.length * MAX_GZIP_RATIO, maxBytes));
  try {
    return await gunzipAsync(packed, { maxOutputLength: maxBytes });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE')
      throw tooLarge(maxBytes);
    throw new BodyRefused(
      400,
      `The body is not gzip: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** RFC 1952, section 2.3.1: a member ends with the length of what it holds, modulo 2^32; zlib checks that it is true. */
function statedLength(packed: Buffer): number {
  return packed.length < 18 ? 0 : packed.readUInt32LE(packed.length - 4);
}

function tooLarge(maxBytes: number): BodyRefused {
  return new BodyRefused(413, `The body is larger than ${maxBytes} bytes`);
}
