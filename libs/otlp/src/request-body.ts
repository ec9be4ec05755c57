import type { IncomingMessage } from 'node:http';
import zlib, { type Gunzip } from 'node:zlib';
import { nextTurn } from './loop-turns.ts';

/** A refused body, with the HTTP status of the refusal. */
export class BodyRefused extends Error {
  readonly status: 400 | 413 | 415;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: 400 | 413 | 415, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/**
 * Called before memory is used, so that a server can bound the memory of all its bodies together.
 * `claim` throws to refuse. The maker of the room releases the claimed memory.
 */
export interface BodyRoom {
  claim(bytes: number): void;
}

const ENDLESS_ROOM: BodyRoom = { claim: () => undefined };

export interface BodyOptions {
  /** Limit of a body, before and after decompression. */
  readonly maxBytes: number;
  readonly room?: BodyRoom | undefined;
  /** Receives the body as it is decompressed, piece by piece. It throws to refuse the rest. */
  readonly scan?: { push(chunk: Uint8Array): void } | undefined;
  /** Receives the first decompressed bytes, before they can cause a refusal. */
  readonly onFirstBytes?: ((chunk: Uint8Array) => void) | undefined;
}

export interface Body {
  readonly bytes: Uint8Array;
  readonly bytesOnWire: number;
}

/**
 * Reads a body to its end and decompresses it. Memory is claimed as output arrives: the sender's
 * own statement of the length (gzip's ISIZE) is never trusted. The limit holds before and after
 * decompression, as OTLP/HTTP requires, because gzip packs zeros a thousandfold.
 *
 * @throws {BodyRefused} or an error of `room` or `scan`
 */
export async function readBody(request: IncomingMessage, options: BodyOptions): Promise<Body> {
  const encoding = request.headers['content-encoding'];
  const packing = packingOf(encoding);
  if (packing === false) throw unsupported(encoding);
  const reading = new BodyReading(packing, options);
  let refusal: unknown;
  try {
    // Reads to the end even after a refusal, and keeps nothing more: a client that is cut off while
    // it writes never sees the answer.
    for await (const chunk of request as AsyncIterable<Buffer>) {
      if (refusal !== undefined) continue;
      try {
        await reading.push(chunk);
      } catch (error) {
        reading.cancel();
        refusal = error;
      }
    }
    if (refusal !== undefined) throw refusal as Error;
    return await reading.end();
  } finally {
    reading.cancel();
  }
}

/** The 415 with the list of supported encodings. */
export function unsupported(encoding: string | undefined): BodyRefused {
  const accepted = ACCEPTED_ENCODINGS.join(', ');
  const shown = JSON.stringify((encoding ?? '').slice(0, 40));
  return new BodyRefused(415, `Content-Encoding ${shown} is not supported; send ${accepted} or none`, {
    'accept-encoding': accepted,
  });
}

/** One body whose bytes arrive in pieces of any size. */
export class BodyReading {
  readonly #packing: BodyPacking;
  readonly #maxBytes: number;
  readonly #room: BodyRoom;
  readonly #scan: BodyOptions['scan'];
  #onFirstBytes: BodyOptions['onFirstBytes'];
  #unpacker: Unpacker | undefined;
  #unpacked: Promise<void> | undefined;
  #failure: unknown;
  #chunks: Uint8Array[] = [];
  #bytes = 0;
  #bytesOnWire = 0;

  constructor(packing: BodyPacking, { maxBytes, room = ENDLESS_ROOM, scan, onFirstBytes }: BodyOptions) {
    this.#packing = packing;
    this.#maxBytes = maxBytes;
    this.#room = room;
    this.#scan = scan;
    this.#onFirstBytes = onFirstBytes;
  }

  async push(chunk: Uint8Array): Promise<void> {
    this.#bytesOnWire += chunk.length;
    if (this.#bytesOnWire > this.#maxBytes) throw tooLarge(this.#maxBytes);
    if (this.#packing === undefined) return this.#take(chunk);
    if (chunk.length === 0) return;
    this.#unpacker ??= this.#startUnpacking(this.#packing, chunk[0]!);
    const unpacker = this.#unpacker;
    // Called when all of the chunk is decompressed and its output is read, so no more than one
    // chunk waits. After a failure zlib does not call it.
    const written = new Promise<void>((resolve) => unpacker.write(chunk, () => resolve()));
    await Promise.race([written, this.#unpacked]);
    if (this.#failure !== undefined) throw this.#failure as Error;
  }

  /** @throws {BodyRefused} if the compressed body is broken */
  async end(): Promise<Body> {
    this.#unpacker?.end();
    await this.#unpacked;
    if (this.#failure !== undefined) throw this.#failure as Error;
    const [only] = this.#chunks;
    const bytes = this.#chunks.length === 1 && only ? only : Buffer.concat(this.#chunks, this.#bytes);
    this.#chunks = [];
    return { bytes, bytesOnWire: this.#bytesOnWire };
  }

  /** Releases everything. */
  cancel(): void {
    this.#failure ??= new Error('cancelled');
    this.#chunks = [];
    this.#unpacker?.destroy();
  }

  #startUnpacking(packing: Exclude<BodyPacking, undefined>, firstByte: number): Unpacker {
    this.#room.claim(unpackerBytes(packing));
    const unpacker = unpackerOf(packing, firstByte);
    // The loop that reads sees errors. This handler is for an error after the loop.
    unpacker.on('error', () => undefined);
    this.#unpacked = this.#readUnpacked(unpacker, packing);
    return unpacker;
  }

  async #readUnpacked(unpacker: Unpacker, packing: string): Promise<void> {
    try {
      for await (const chunk of unpacker as AsyncIterable<Buffer>) await this.#take(chunk);
    } catch (error) {
      const isBroken = error instanceof Error && 'code' in error && 'errno' in error;
      this.#failure ??= isBroken
        ? new BodyRefused(400, `The body is not ${packing}: ${error.message}`)
        : error;
    } finally {
      unpacker.destroy();
    }
  }

  async #take(chunk: Uint8Array): Promise<void> {
    this.#onFirstBytes?.(chunk);
    this.#onFirstBytes = undefined;
    this.#bytes += chunk.length;
    if (this.#bytes > this.#maxBytes) throw tooLarge(this.#maxBytes);
    this.#room.claim(chunk.length);
    const turn = nextTurn(this.#bytes);
    if (turn) await turn;
    this.#scan?.push(chunk);
    // A small piece may be part of a large buffer, which would stay in memory as long as the body.
    const isWhole = 2 * chunk.length > chunk.buffer.byteLength;
    this.#chunks.push(isWhole ? chunk : Uint8Array.prototype.slice.call(chunk));
  }
}

function tooLarge(maxBytes: number): BodyRefused {
  return new BodyRefused(413, `The body is larger than ${maxBytes} bytes`);
}

/** The compression of a body; `undefined` if it is not compressed. */
type BodyPacking = 'gzip' | 'deflate' | 'zstd' | undefined;

/** A stream that decompresses: bytes in, bytes out as they are made. */
type Unpacker = Gunzip;

const CHUNK_BYTES = 64 * 1024;
/**
 * A Zstandard sender chooses how much memory its receiver needs. RFC 9659 asks HTTP to accept at
 * most 8 MB.
 */
const ZSTD_WINDOW_LOG = 23;
const ZLIB_MEMORY_BYTES = 48 * 1024 + CHUNK_BYTES;
const ZLIB_DEFLATED = 8;

// Available in Node.js from 22.15 and 23.8. The types of the oldest supported version do not have
// it.
const { createZstdDecompress, constants } = zlib as typeof zlib & {
  createZstdDecompress?: (options: object) => Unpacker;
  constants: { ZSTD_d_windowLogMax?: number };
};

/** For `Accept-Encoding`. */
export const ACCEPTED_ENCODINGS: readonly string[] = [
  'gzip',
  'deflate',
  ...(createZstdDecompress ? ['zstd'] : []),
];

/** @returns the compression that a `Content-Encoding` names; false if it is not supported here */
export function packingOf(contentEncoding: string | undefined): BodyPacking | false {
  const codings = (contentEncoding ?? '')
    .split(',')
    .map((coding) => coding.trim().toLowerCase())
    .filter((coding) => coding !== '' && coding !== 'identity');
  if (codings.length === 0) return undefined;
  const coding = codings[0] === 'x-gzip' ? 'gzip' : codings[0]!;
  if (codings.length > 1 || !ACCEPTED_ENCODINGS.includes(coding)) return false;
  return coding as BodyPacking;
}

/** The memory of an unpacker, without the output that it has already returned. */
function unpackerBytes(packing: BodyPacking): number {
  return packing === 'zstd' ? 2 ** ZSTD_WINDOW_LOG : ZLIB_MEMORY_BYTES;
}

/**
 * @param firstByte of the body: many clients send `deflate` without the two bytes of zlib that RFC
 * 9110 requires
 */
function unpackerOf(packing: Exclude<BodyPacking, undefined>, firstByte: number): Unpacker {
  const options = { chunkSize: CHUNK_BYTES };
  if (packing === 'gzip') return zlib.createGunzip(options);
  if (packing === 'deflate') {
    return (firstByte & 15) === ZLIB_DEFLATED ? zlib.createInflate(options) : zlib.createInflateRaw(options);
  }
  const window = constants.ZSTD_d_windowLogMax;
  return createZstdDecompress!({
    ...options,
    ...(window !== undefined && { params: { [window]: ZSTD_WINDOW_LOG } }),
  });
}
