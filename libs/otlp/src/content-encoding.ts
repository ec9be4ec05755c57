import zlib, { type Gunzip } from 'node:zlib';

/** The compression of a body; `undefined` if it is not compressed. */
export type BodyPacking = 'gzip' | 'deflate' | 'zstd' | undefined;

/** A stream that decompresses: bytes in, bytes out as they are made. */
export type Unpacker = Gunzip;

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
export function unpackerBytes(packing: BodyPacking): number {
  return packing === 'zstd' ? 2 ** ZSTD_WINDOW_LOG : ZLIB_MEMORY_BYTES;
}

/**
 * @param firstByte of the body: many clients send `deflate` without the two bytes of zlib that RFC
 * 9110 requires
 */
export function unpackerOf(packing: Exclude<BodyPacking, undefined>, firstByte: number): Unpacker {
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
