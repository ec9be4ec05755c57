import type { TraceCarrier } from '@span-links/tracing';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { readSql } from './sql.ts';

/** An order as a batch gets it. Nothing in it is trusted: other writers may have put anything into the row. */
export interface ClaimedOrder {
  readonly id: string;
  readonly items: unknown;
  /** bigint as text, as pg hands it over. */
  readonly statedTotalCents: string | null;
  readonly traceContext: unknown;
  /** 1 at the first attempt. */
  readonly attempts: number;
  /** The batch that tried before; null at the first attempt. */
  readonly previousBatchId: string | null;
}

/** A batch that held orders of this one before. */
export interface EarlierBatch {
  /** Of its span; null where it died before it had one, or without an SDK. */
  readonly traceContext: unknown;
}

/** Orders that one batch holds until its lease runs out. Oldest first; empty where nothing was due. */
export interface Claim {
  readonly batchId: string;
  readonly orders: readonly ClaimedOrder[];
  /** The batches that tried these orders last; empty at their first attempt. */
  readonly earlier: readonly EarlierBatch[];
}

/** How much to claim, and for how long. */
export interface ClaimOptions {
  readonly runId: string;
  readonly worker: string;
  readonly size: number;
  readonly leaseMs: number;
  readonly maxAttempts: number;
}

/** What became of one order. */
export interface OrderOutcome {
  readonly id: string;
  readonly status: 'reconciled' | 'discrepancy';
  /** Null where it cannot be computed. */
  readonly totalCents: number | null;
  readonly reason: string | null;
}

/** What a finished batch wrote. Less than its size where another batch had taken orders over. */
export interface BatchTally {
  readonly reconciled: number;
  readonly discrepancies: number;
}

/** What a worker finds before it starts. */
export interface Backlog {
  /** Orders that were given up just now, their every attempt having died. */
  readonly parked: number;
  /** Whether any order can be claimed. */
  readonly due: boolean;
}

const CLAIM_BATCH = readSql('claim-batch');
const FINISH_BATCH = readSql('finish-batch');
const FAIL_BATCH = readSql('fail-batch');
const SETTLE_ABANDONED = readSql('settle-abandoned');
const EARLIER_BATCHES =
  'SELECT trace_context AS "traceContext" FROM batches WHERE id = ANY ($1::uuid[]) ORDER BY id';
// Not waited for on disk either; it gets there with the outcomes at the latest.
const RECORD_SPAN = `
  UPDATE batches SET trace_context = $2, links = $3, links_missing = $4
  WHERE id = $1 AND set_config('synchronous_commit', 'off', true) = 'off'`;

/**
 * The orders table as a queue. Every step is one statement, so that a kill falls between two consistent states, and every
 * write is fenced by the batch that holds the order, so that two batches never both write it.
 */
export class OrderQueue {
  constructor(private readonly dataSource: DataSource) {}

  async claim({ runId, worker, size, leaseMs, maxAttempts }: ClaimOptions): Promise<Claim> {
    const batchId = uuidv7();
    const parameters = [batchId, runId, worker, size, leaseMs, maxAttempts];
    const orders: ClaimedOrder[] = await this.dataSource.query(CLAIM_BATCH, parameters);
    return { batchId, orders, earlier: await this.earlierBatches(orders) };
  }

  // Orders of one claim have been tried equally often, so that first attempts, nearly all there are, do not ask.
  private async earlierBatches(orders: readonly ClaimedOrder[]): Promise<EarlierBatch[]> {
    const ids = new Set(orders.flatMap(({ previousBatchId }) => previousBatchId ?? []));
    return ids.size === 0 ? [] : this.dataSource.query(EARLIER_BATCHES, [[...ids]]);
  }

  /** Stores the span of a batch, so that whatever comes after an attempt that died can link to it. */
  async recordSpan(
    batchId: string,
    span: TraceCarrier | undefined,
    links: number,
    linksMissing: number,
  ): Promise<void> {
    await this.dataSource.query(RECORD_SPAN, [batchId, span ?? null, links, linksMissing]);
  }

  async finish(batchId: string, outcomes: readonly OrderOutcome[]): Promise<BatchTally> {
    const [[tally]] = await this.dataSource.query<[BatchTally[], number]>(FINISH_BATCH, [
      batchId,
      outcomes.map((outcome) => outcome.id),
      outcomes.map((outcome) => outcome.status),
      outcomes.map((outcome) => outcome.totalCents),
      outcomes.map((outcome) => outcome.reason),
    ]);
    if (!tally) throw new Error(`there is no batch ${batchId}`);
    return tally;
  }

  /** Gives the orders of a failed batch back, or parks those without an attempt left. */
  async fail(
    batchId: string,
    reason: string,
    maxAttempts: number,
  ): Promise<{ failed: number; givenBack: number }> {
    const [[tally]] = await this.dataSource.query<[{ failed: number; givenBack: number }[], number]>(
      FAIL_BATCH,
      [batchId, reason, maxAttempts],
    );
    return tally ?? { failed: 0, givenBack: 0 };
  }

  /** Settles what dead workers left, and looks whether there is anything to claim: all that an idle tick costs. */
  async settleAbandoned(maxAttempts: number): Promise<Backlog> {
    const [backlog] = await this.dataSource.query<Backlog[]>(SETTLE_ABANDONED, [maxAttempts]);
    return backlog ?? { parked: 0, due: false };
  }
}
