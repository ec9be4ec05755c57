import type { TraceCarrier } from '@span-links/tracing';
import type { DataSource, EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { LeaseLostError } from './lease.ts';
import { BRANCH_KINDS, COMPENSATIONS, isBranch, type OperationKind } from './operation-kind.ts';
import { readSql } from './sql.ts';
import { storedText } from './stored-text.ts';

/** An operation that a worker holds until its lease expires. Carriers are as stored, not parsed. */
export interface ClaimedOperation {
  readonly id: string;
  readonly kind: OperationKind;
  readonly fanOutId: string;
  readonly orderId: string;
  /** Counts from 1, and distinguishes this claim from later ones. */
  readonly attempt: number;
  /** The span that asked for it: `fan-out-order`, or `complete-fan-out` for a compensation. */
  readonly askedBy: unknown;
  /** The span of the attempt before; null if that attempt died before it had one, or without an SDK. */
  readonly previousAttempt: unknown;
  /** The operation that this one undoes, and its span. */
  readonly undoes: string | null;
  readonly undoneSpan: unknown;
}

/** A branch that has ended, for the join. */
export interface EndedBranch {
  readonly kind: OperationKind;
  readonly status: 'done' | 'failed';
  readonly error: string | null;
  /** The carrier of the attempt that settled it. */
  readonly span: unknown;
}

const CLAIM_OPERATIONS = readSql('claim-operations');
const FINISH_OPERATION = readSql('finish-operation');
const RETRY_OPERATION = readSql('retry-operation');
const COMPLETE_FAN_OUT = readSql('complete-fan-out');
const RECORD_SPAN =
  'UPDATE operation_attempts SET trace_context = $3 WHERE operation_id = $1 AND number = $2';
const RENEW = `
  UPDATE operations SET due_at = now() + $3::int * interval '1 millisecond'
  WHERE id = $1 AND attempts = $2 AND status = 'pending'`;
const HOLD = `SELECT id FROM operations WHERE id = $1 AND attempts = $2 AND status = 'pending' FOR UPDATE`;
const LOCK_FAN_OUT = 'SELECT id FROM fan_outs WHERE id = $1 FOR UPDATE';
const ENDED_BRANCHES = `
  SELECT kind, status, operations.error, operation_attempts.trace_context AS span
  FROM operations JOIN operation_attempts ON operation_id = operations.id AND number = operations.attempts
  WHERE fan_out_id = $1 AND kind = ANY ($2::text[]) ORDER BY operations.id`;
const JOIN_IF_LAST = `
  INSERT INTO operations (id, fan_out_id, kind, trace_context)
  SELECT $2, id, 'complete-fan-out', trace_context FROM fan_outs
  WHERE id = $1 AND NOT EXISTS (SELECT FROM operations WHERE fan_out_id = $1 AND status = 'pending')
  ON CONFLICT DO NOTHING`;
const END_IF_ALL_UNDONE = `
  UPDATE fan_outs SET status = 'failed', finished_at = clock_timestamp()
  WHERE id = $1 AND status = 'compensating'
    AND NOT EXISTS (SELECT FROM operations WHERE fan_out_id = $1 AND status = 'pending')`;

/**
 * The operations table as a queue. The effect of an operation, its outcome, and the consequences (the join, the
 * compensations, the end of the fan-out) are one transaction, fenced by the attempt. After a kill, all of it is written or
 * nothing.
 */
export class OperationQueue {
  constructor(private readonly dataSource: DataSource) {}

  /** Claims up to `most` operations, each for `leaseMs`. Any number of workers may claim at once. */
  async claim(most: number, leaseMs: number): Promise<ClaimedOperation[]> {
    return this.dataSource.query<ClaimedOperation[]>(CLAIM_OPERATIONS, [most, leaseMs]);
  }

  /** Extends the lease of an operation. @returns false if it is done, or another worker has claimed it. */
  async renew({ id, attempt }: ClaimedOperation, leaseMs: number): Promise<boolean> {
    // TypeORM answers an UPDATE with the rows and their count.
    const [, renewed] = await this.dataSource.query<[unknown, number]>(RENEW, [id, attempt, leaseMs]);
    return renewed > 0;
  }

  /** Stores the span of an attempt before the work begins, so that the next attempt can link to it if this one dies. */
  async recordSpan({ id, attempt }: ClaimedOperation, span: TraceCarrier | undefined): Promise<void> {
    await this.dataSource.query(RECORD_SPAN, [id, attempt, span ?? null]);
  }

  /** The branches of a fan-out, all of which have ended before it is joined. */
  async endedBranches(fanOutId: string): Promise<EndedBranch[]> {
    return this.dataSource.query<EndedBranch[]>(ENDED_BRANCHES, [fanOutId, BRANCH_KINDS]);
  }

  /**
   * Does an operation's work on rows and marks it as done.
   *
   * @param write must use only the given manager.
   * @throws LeaseLostError, and any error of `write`. Then nothing is written.
   */
  async complete(
    operation: ClaimedOperation,
    write: (manager: EntityManager) => Promise<void>,
  ): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await hold(manager, operation);
      await write(manager);
      await finish(manager, operation, 'done', null);
      await advance(manager, operation);
    });
  }

  /**
   * Closes the fan-out whose join this is.
   *
   * @param span the carrier of the join; compensations link to it.
   * @throws LeaseLostError
   */
  async completeJoin(join: ClaimedOperation, span: TraceCarrier | undefined): Promise<void> {
    const undoing = Object.entries(COMPENSATIONS);
    await this.complete(join, async (manager) => {
      await manager.query(COMPLETE_FAN_OUT, [
        join.fanOutId,
        span ?? null,
        undoing.map(() => uuidv7()),
        undoing.map(([, compensation]) => compensation),
        undoing.map(([undone]) => undone),
      ]);
    });
  }

  /**
   * Marks a branch as failed for good.
   *
   * @throws LeaseLostError
   */
  async fail(operation: ClaimedOperation, error: string): Promise<void> {
    await this.dataSource.transaction(async (manager) => {
      await hold(manager, operation);
      await finish(manager, operation, 'failed', error);
      await advance(manager, operation);
    });
  }

  /** Gives an operation back for another attempt after a pause. Does nothing if it is no longer held. */
  async retry({ id, attempt }: ClaimedOperation, error: string, pauseMs: number): Promise<void> {
    await this.dataSource.query(RETRY_OPERATION, [id, attempt, storedText(error), Math.round(pauseMs)]);
  }
}

async function hold(manager: EntityManager, { id, attempt }: ClaimedOperation): Promise<void> {
  const held = await manager.query<unknown[]>(HOLD, [id, attempt]);
  if (held.length === 0) throw new LeaseLostError('the lease ran out and the operation is no longer held');
}

async function finish(
  manager: EntityManager,
  { id, attempt }: ClaimedOperation,
  status: 'done' | 'failed',
  error: string | null,
): Promise<void> {
  await manager.query(FINISH_OPERATION, [id, attempt, status, error && storedText(error)]);
}

// The lock comes last and in a statement of its own: if two operations end at once, the second must see the first one's rows.
async function advance(manager: EntityManager, { kind, fanOutId }: ClaimedOperation): Promise<void> {
  if (kind === 'complete-fan-out') return;
  await manager.query(LOCK_FAN_OUT, [fanOutId]);
  if (isBranch(kind)) await manager.query(JOIN_IF_LAST, [fanOutId, uuidv7()]);
  else await manager.query(END_IF_ALL_UNDONE, [fanOutId]);
}
