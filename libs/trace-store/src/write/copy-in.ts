import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { COPY_HEADER, COPY_TRAILER, patchInt64 } from './copy-rows.ts';
import type { PreparedSpan } from './prepared-request.ts';
import { LINK_COLUMNS, LINK_ROW_SRC_PLACE, SPAN_COLUMNS, SPAN_ROW_PLACES } from './span-rows.ts';

// Postgres answers once for all of it. Pieces of this size avoid a second copy of a group in
// memory.
const PIECE_BYTES = 256 * 1024;

export async function copySpans(
  client: pg.ClientBase,
  table: 'spans' | 'incoming_spans',
  spans: readonly PreparedSpan[],
  ids: readonly number[],
): Promise<void> {
  await copyIn(client, `COPY ${table} (${SPAN_COLUMNS}) FROM STDIN (FORMAT binary)`, spanPieces(spans, ids));
}

export async function copyLinks(
  client: pg.ClientBase,
  spans: readonly PreparedSpan[],
  ids: readonly number[],
): Promise<void> {
  if (spans.every(({ linkRows }) => linkRows.length === 0)) return;
  await copyIn(client, `COPY links (${LINK_COLUMNS}) FROM STDIN (FORMAT binary)`, linkPieces(spans, ids));
}

async function copyIn(client: pg.ClientBase, statement: string, pieces: Iterable<Buffer>): Promise<void> {
  await pipeline(Readable.from(pieces, { objectMode: true }), client.query(copyFrom(statement)));
}

function* spanPieces(spans: readonly PreparedSpan[], ids: readonly number[]): Generator<Buffer> {
  const pieces = new Pieces();
  for (const [index, { request, row, operation, resource, scope }] of spans.entries()) {
    const { bytes } = request.spanRows;
    patchInt64(bytes, row.start + SPAN_ROW_PLACES.id, ids[index]!);
    bytes.writeInt32BE(operation.id, row.start + SPAN_ROW_PLACES.operation);
    bytes.writeInt32BE(resource.id, row.start + SPAN_ROW_PLACES.resource);
    bytes.writeInt32BE(scope.id, row.start + SPAN_ROW_PLACES.scope);
    const full = pieces.add(bytes.subarray(row.start, row.end));
    if (full !== undefined) yield full;
  }
  yield pieces.last();
}

function* linkPieces(spans: readonly PreparedSpan[], ids: readonly number[]): Generator<Buffer> {
  const pieces = new Pieces();
  for (const [index, { request, linkRows }] of spans.entries()) {
    const { bytes } = request.linkRows;
    for (const { start, end } of linkRows) {
      patchInt64(bytes, start + LINK_ROW_SRC_PLACE, ids[index]!);
      const full = pieces.add(bytes.subarray(start, end));
      if (full !== undefined) yield full;
    }
  }
  yield pieces.last();
}

/** Gathers rows, because one message per row would cost a system call each. */
class Pieces {
  #rows: Buffer[] = [COPY_HEADER];
  #bytes = COPY_HEADER.length;

  add(row: Buffer): Buffer | undefined {
    this.#rows.push(row);
    this.#bytes += row.length;
    return this.#bytes < PIECE_BYTES ? undefined : this.#take();
  }

  last(): Buffer {
    this.#rows.push(COPY_TRAILER);
    this.#bytes += COPY_TRAILER.length;
    return this.#take();
  }

  #take(): Buffer {
    const piece = Buffer.concat(this.#rows, this.#bytes);
    this.#rows = [];
    this.#bytes = 0;
    return piece;
  }
}
