import type pg from 'pg';
import { BlockContent } from '../filter/block-content.ts';
import { BLOCK_SPANS } from '../filter/block-size.ts';
import type { SealedBlock } from '../filter/sealed-block.ts';
import type { PreparedSpan } from './prepared-request.ts';

// Half of the time after which a block belongs to nobody: the transactions that use its last ids are long over by then.
const GIVEN_OUT_FOR_MS = 30 * 60_000;

/** What a span adds to the filter of its block. */
export type IdentifiedSpan = Pick<PreparedSpan, 'startNs' | 'hashStart' | 'hashEnd'> & {
  readonly request: Pick<PreparedSpan['request'], 'attributeHashes'>;
  readonly operation: Pick<PreparedSpan['operation'], 'id' | 'columns'>;
};

interface OwnBlock {
  readonly content: BlockContent;
  readonly takenAt: Moment;
  next: number;
  readonly end: number;
}

/**
 * Numbers for spans, ascending in one process, out of blocks that are the process's own. A span gets into the filter of its block together
 * with its number, whatever becomes of its transaction: so a block that is used up can be sealed at once.
 */
export class SpanIds {
  readonly #onSealed: (block: SealedBlock) => void;
  readonly #givenOutForMs: number;
  readonly #blocks: OwnBlock[] = [];

  /** @param onSealed is told of each block that no more ids are given out of. */
  constructor(onSealed: (block: SealedBlock) => void, givenOutForMs = GIVEN_OUT_FOR_MS) {
    this.#onSealed = onSealed;
    this.#givenOutForMs = givenOutForMs;
  }

  /** What is given to a transaction that fails is not given again: gaps are cheaper than care. */
  async take(client: pg.ClientBase, spans: readonly IdentifiedSpan[]): Promise<number[]> {
    // Checked again after each wait: the other connection takes from the same blocks.
    for (let missing = this.#missing(spans.length); missing > 0; missing = this.#missing(spans.length)) {
      // Before it is taken: the database may only think it younger.
      const takenAt = moment();
      const { rows } = await client.query<{ block: string }>(
        'INSERT INTO span_blocks (taken_at) SELECT now() FROM generate_series(1, $1) RETURNING block',
        [Math.ceil(missing / BLOCK_SPANS)],
      );
      for (const row of rows) {
        const block = Number(row.block);
        const next = block * BLOCK_SPANS;
        this.#blocks.push({ content: new BlockContent(block), takenAt, next, end: next + BLOCK_SPANS });
      }
    }
    return spans.map((span) => this.#identify(span));
  }

  /** Seals what was taken too long ago, or all of it. */
  seal(which: 'old' | 'all'): void {
    const kept = this.#blocks.filter(
      ({ takenAt }) => which === 'old' && elapsedMs(takenAt) < this.#givenOutForMs,
    );
    const given = this.#blocks.filter((block) => !kept.includes(block));
    this.#blocks.splice(0, this.#blocks.length, ...kept);
    for (const { content } of given) this.#onSealed(content.seal());
  }

  #identify({ request, operation, startNs, hashStart, hashEnd }: IdentifiedSpan): number {
    const block = this.#blocks[0]!;
    block.content.addStart(startNs);
    block.content.addOperation(operation.id, String(operation.columns[0]));
    block.content.addHashes(request.attributeHashes, hashStart, hashEnd);
    const id = block.next++;
    if (block.next === block.end) {
      this.#blocks.shift();
      this.#onSealed(block.content.seal());
    }
    return id;
  }

  #missing(count: number): number {
    this.seal('old');
    return count - this.#blocks.reduce((free, { next, end }) => free + end - next, 0);
  }
}

interface Moment {
  readonly wallMs: number;
  readonly steadyMs: number;
}

function moment(): Moment {
  return { wallMs: Date.now(), steadyMs: performance.now() };
}

/** By whichever clock says more: one stands still while the machine sleeps, the other can be set back. */
function elapsedMs({ wallMs, steadyMs }: Moment): number {
  return Math.max(Date.now() - wallMs, performance.now() - steadyMs);
}
