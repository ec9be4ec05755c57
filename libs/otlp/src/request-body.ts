import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';

const gunzipAsync = promisify(gunzip);

/** A body that is refused, with the HTTP status that says so. */
export class BodyRefused extends Error {
  readonly status: 400 | 413 | 415;

  constructor(status: 400 | 413 | 415, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads a request's body, unpacked if it says gzip. The limit holds before and after unpacking, as OTLP/HTTP demands:
 * gzip packs zeros a thousandfold.
 *
 * @throws {BodyRefused}
 */
export async function readBody(
  request: IncomingMessage,
  maxBytes: number,
): Promise<{ bytes: Uint8Array; bytesOnWire: number }> {
  const encoding = request.headers['content-encoding'] ?? 'identity';
  if (encoding !== 'gzip' && encoding !== 'identity') {
    throw new BodyRefused(415, `Content-Encoding ${encoding} is not supported; send gzip or none`);
  }
  const packed = await collect(request, maxBytes);
  const bytes = encoding === 'gzip' ? await unpack(packed, maxBytes) : packed;
  return { bytes, bytesOnWire: packed.length };
}

/** Reads to the end even past the limit, keeping nothing more: a client cut off while it writes never sees the 413. */
async function collect(request: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= maxBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  if (length > maxBytes) throw tooLarge(maxBytes);
  return Buffer.concat(chunks, length);
}

async function unpack(packed: Buffer, maxBytes: number): Promise<Buffer> {
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

function tooLarge(maxBytes: number): BodyRefused {
  return new BodyRefused(413, `The body is larger than ${maxBytes} bytes`);
}
