import type pg from 'pg';

/** Ids in a block; written down in sql/migrations/0001-traces.sql too. */
const BLOCK = 10_000;

/** Numbers for spans, ascending in one process. Several processes take their blocks from one sequence. */
export class SpanIds {
  readonly #blocks: { next: number; end: number }[] = [];

  /** What is given to a transaction that fails is not given again: gaps are cheaper than care. */
  async take(client: pg.ClientBase, count: number): Promise<number[]> {
    // Checked again after each wait: the other connection takes from the same blocks.
    for (let missing = this.#missing(count); missing > 0; missing = this.#missing(count)) {
      const { rows } = await client.query<{ block: string }>(
        "SELECT nextval('span_id_blocks') AS block FROM generate_series(1, $1)",
        [Math.ceil(missing / BLOCK)],
      );
      for (const { block } of rows)
        this.#blocks.push({ next: Number(block) * BLOCK, end: (Number(block) + 1) * BLOCK });
    }
    const ids: number[] = [];
    while (ids.length < count) {
      const block = this.#blocks[0]!;
      while (ids.length < count && block.next < block.end) ids.push(block.next++);
      if (block.next === block.end) this.#blocks.shift();
    }
    return ids;
  }

  #missing(count: number): number {
    return count - this.#blocks.reduce((free, { next, end }) => free + end - next, 0);
  }
}
