import type pg from 'pg';
import { BlockContent } from '../filter/block-content.ts';
import { BLOCK_SPANS } from '../filter/block-size.ts';
import type { SealedBlock } from '../filter/sealed-block.ts';
import type { PreparedSpan } from './prepared-request.ts';

// Half of the time after which a block has no owner. The transactions that use its last ids have
// ended by then.
const GIVEN_OUT_FOR_MS = 30 * 60_000;

/** The data that a span adds to the filter of its block. */
export type IdentifiedSpan = Pick<PreparedSpan, 'startNs' | 'hashStart' | 'hashEnd'> & {
  readonly request: Pick<PreparedSpan['request'], 'attributeHashes'>;
  readonly operation: Pick<PreparedSpan['operation'], 'id' | 'columns'>;
  readonly resource: Pick<PreparedSpan['resource'], 'id'>;
  readonly scope: Pick<PreparedSpan['scope'], 'id'>;
};

interface OwnBlock {
  readonly content: BlockContent;
  readonly takenAt: Moment;
  next: number;
  readonly end: number;
}

/**
 * Numbers for spans, ascending in one process, from blocks that belong to the process. A span gets
 * into the filter of its block together with its number, even if its transaction fails. A used-up
 * block can therefore be sealed at once.
 */
export class SpanIds {
  readonly #onSealed: (block: SealedBlock) => void;
  readonly #givenOutForMs: number;
  readonly #blocks: OwnBlock[] = [];

  /** @param onSealed is called with each block that gives out no more ids. */
  constructor(onSealed: (block: SealedBlock) => void, givenOutForMs = GIVEN_OUT_FOR_MS) {
    this.#onSealed = onSealed;
    this.#givenOutForMs = givenOutForMs;
  }

  /** Ids of a failed transaction are not given again: gaps are cheaper than bookkeeping. */
  async take(client: pg.ClientBase, spans: readonly IdentifiedSpan[]): Promise<number[]> {
    // Checked again after each wait because the other connection takes from the same blocks.
    for (let missing = this.#missing(spans.length); missing > 0; missing = this.#missing(spans.length)) {
      // Noted before the block is taken, so the block can only seem older here than in the
      // database.
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

  /** Seals the blocks that were taken too long ago, or all blocks. */
  seal(which: 'old' | 'all'): void {
    const kept = this.#blocks.filter(
      ({ takenAt }) => which === 'old' && elapsedMs(takenAt) < this.#givenOutForMs,
    );
    const given = this.#blocks.filter((block) => !kept.includes(block));
    this.#blocks.splice(0, this.#blocks.length, ...kept);
    for (const { content } of given) this.#onSealed(content.seal());
  }

  #identify(span: IdentifiedSpan): number {
    const { request, operation, startNs, hashStart, hashEnd } = span;
    const block = this.#blocks[0]!;
    block.content.addStart(startNs);
    block.content.addOperation(operation.id, String(operation.columns[0]));
    block.content.addOwners(span.resource.id, span.scope.id);
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

/**
 * Uses the clock that says more: one stands still while the machine sleeps, the other can be set
 * back.
 */
function elapsedMs({ wallMs, steadyMs }: Moment): number {
  return Math.max(Date.now() - wallMs, performance.now() - steadyMs);
}
