import type { ServerHttp2Stream } from 'node:http2';
import {
  BodyReading,
  BodyRefused,
  packingOf,
  unsupported,
  type Body,
  type BodyOptions,
} from '@span-links/otlp';

const PREFIX_BYTES = 5;

/**
 * Reads the one message of a call as its bytes arrive, with the limits of an OTLP/HTTP body.
 *
 * @param encoding the call's `grpc-encoding`
 * @throws {BodyRefused} or an error of the options' `room` or `scan`
 */
export async function readGrpcMessage(
  stream: ServerHttp2Stream,
  encoding: string | undefined,
  options: BodyOptions,
): Promise<Body> {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  let prefixBytes = 0;
  let left = 0;
  let reading: BodyReading | undefined;
  try {
    // Not destroyed on a refusal, because the refusal is still sent on it.
    for await (const piece of stream.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      let at = 0;
      while (prefixBytes < PREFIX_BYTES && at < piece.length) prefix[prefixBytes++] = piece[at++]!;
      if (prefixBytes < PREFIX_BYTES) continue;
      if (!reading) {
        left = prefix.readUInt32BE(1);
        reading = readingOf(prefix[0]!, left, encoding, options);
      }
      const chunk = piece.subarray(at);
      left -= chunk.length;
      if (left < 0) throw new BodyRefused(400, 'A call brings one message; more bytes follow it');
      if (chunk.length > 0) await reading.push(chunk);
    }
    if (!reading || left > 0) throw new BodyRefused(400, 'The message of the call ends too early');
    return await reading.end();
  } finally {
    reading?.cancel();
  }
}

function readingOf(
  flag: number,
  bytes: number,
  encoding: string | undefined,
  options: BodyOptions,
): BodyReading {
  if (bytes > options.maxBytes) {
    throw new BodyRefused(413, `The message is larger than ${options.maxBytes} bytes`);
  }
  if (flag === 0) return new BodyReading(undefined, options);
  const packing = flag === 1 ? packingOf(encoding) : undefined;
  if (packing === false) throw unsupported(encoding);
  if (packing === undefined)
    throw new BodyRefused(400, 'The message is packed, and the call does not say how');
  return new BodyReading(packing, options);
}
