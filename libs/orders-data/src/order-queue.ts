import type { TraceCarrier } from '@span-links/tracing';
import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { readSql } from './sql.ts';
import { storedText } from './stored-text.ts';

/** An order as a batch gets it. Nothing in it is trusted, because other programs write rows too. */
export interface ClaimedOrder {
  readonly id: string;
  readonly items: unknown;
  /** bigint as text, as pg returns it. */
  readonly statedTotalCents: string | null;
  readonly traceContext: unknown;
  /** 1 at the first attempt. */
  readonly attempts: number;
  /** The batch that tried before; null at the first attempt. */
  readonly previousBatchId: string | null;
}

/** An earlier batch that held orders of this one. */
export interface EarlierBatch {
  /** The carrier of its span; null if the batch died before it had one, or without an SDK. */
  readonly traceContext: unknown;
}

/** Orders that one batch holds until its lease expires. Oldest first; empty if nothing was due. */
export interface Claim {
  readonly batchId: string;
  readonly orders: readonly ClaimedOrder[];
  /** The batches that tried these orders last; empty at their first attempt. */
  readonly earlier: readonly EarlierBatch[];
}

/** The size and the duration of a claim. */
export interface ClaimOptions {
  readonly runId: string;
  readonly worker: string;
  readonly size: number;
  readonly leaseMs: number;
  readonly maxAttempts: number;
}

/** The outcome of one order. */
export interface OrderOutcome {
  readonly id: string;
  readonly status: 'reconciled' | 'discrepancy';
  /** Null if it cannot be computed. */
  readonly totalCents: number | null;
  readonly reason: string | null;
}

/** The counts that a finished batch wrote. They are below its size if another batch had taken orders over. */
export interface BatchTally {
  readonly reconciled: number;
  readonly discrepancies: number;
}

/** The state of the queue before a worker starts. */
export interface Backlog {
  /** Orders that were given up now, because all their attempts died. */
  readonly parked: number;
  /** Whether any order can be claimed. */
  readonly due: boolean;
}

const CLAIM_BATCH = readSql('claim-batch');
const RENEW_BATCH = readSql('renew-batch');
const FINISH_BATCH = readSql('finish-batch');
const FAIL_BATCH = readSql('fail-batch');
const SETTLE_ABANDONED = readSql('settle-abandoned');
const EARLIER_BATCHES =
  'SELECT trace_context AS "traceContext" FROM batches WHERE id = ANY ($1::uuid[]) ORDER BY id';
// This commit does not wait for the disk either. It is there with the outcomes at the latest.
const RECORD_SPAN = `
  UPDATE batches SET trace_context = $2, links = $3, links_missing = $4
  WHERE id = $1 AND set_config('synchronous_commit', 'off', true) = 'off'`;

/**
 * The orders table as a queue. Every step is one statement, so a kill leaves a consistent state. Every write is fenced by
 * the batch that holds the order, so two batches never both write it.
 */
export class OrderQueue {
  constructor(private readonly dataSource: DataSource) {}

  async claim({ runId, worker, size, leaseMs, maxAttempts }: ClaimOptions): Promise<Claim> {
    const batchId = uuidv7();
    const parameters = [batchId, runId, worker, size, leaseMs, maxAttempts];
    const orders: ClaimedOrder[] = await this.dataSource.query(CLAIM_BATCH, parameters);
    return { batchId, orders, earlier: await this.earlierBatches(orders) };
  }

  // All orders of one claim were tried equally often. First attempts, which are nearly all, therefore skip the query.
  private async earlierBatches(orders: readonly ClaimedOrder[]): Promise<EarlierBatch[]> {
    const ids = new Set(orders.flatMap(({ previousBatchId }) => previousBatchId ?? []));
    return ids.size === 0 ? [] : this.dataSource.query(EARLIER_BATCHES, [[...ids]]);
  }

  /** Stores the span of a batch, so that the next attempt can link to it if this one dies. */
  async recordSpan(
    batchId: string,
    span: TraceCarrier | undefined,
    links: number,
    linksMissing: number,
  ): Promise<void> {
    await this.dataSource.query(RECORD_SPAN, [batchId, span ?? null, links, linksMissing]);
  }

  /** Extends the lease of a batch and of its run. @returns false if the batch no longer holds an order. */
  async renew(batchId: string, leaseMs: number): Promise<boolean> {
    const [row] = await this.dataSource.query<{ isHeld: boolean }[]>(RENEW_BATCH, [batchId, leaseMs]);
    return row?.isHeld ?? false;
  }

  async finish(batchId: string, outcomes: readonly OrderOutcome[]): Promise<BatchTally> {
    const [[tally]] = await this.dataSource.query<[BatchTally[], number]>(FINISH_BATCH, [
      batchId,
      outcomes.map((outcome) => outcome.id),
      outcomes.map((outcome) => outcome.status),
      outcomes.map((outcome) => outcome.totalCents),
      outcomes.map(({ reason }) => reason && storedText(reason)),
    ]);
    if (!tally) throw new Error(`there is no batch ${batchId}`);
    return tally;
  }

  /** Gives back the orders of a failed batch, and parks those without an attempt left. */
  async fail(
    batchId: string,
    reason: string,
    maxAttempts: number,
  ): Promise<{ failed: number; givenBack: number }> {
    const [[tally]] = await this.dataSource.query<[{ failed: number; givenBack: number }[], number]>(
      FAIL_BATCH,
      [batchId, storedText(reason), maxAttempts],
    );
    return tally ?? { failed: 0, givenBack: 0 };
  }

  /** Settles the work of dead workers, and tells whether there is anything to claim. An idle tick runs only this. */
  async settleAbandoned(maxAttempts: number): Promise<Backlog> {
    const [backlog] = await this.dataSource.query<Backlog[]>(SETTLE_ABANDONED, [maxAttempts]);
    return backlog ?? { parked: 0, due: false };
  }
}
