import type { TraceCarrier } from '@span-links/tracing';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** `abandoned`: the worker died; another batch takes over its orders when the lease has expired. */
export type BatchOutcome = 'running' | 'completed' | 'failed' | 'abandoned';

/** One `process-batch`: the orders of one claim, and their outcomes. */
@Entity('batches')
export class Batch {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('uuid', { name: 'run_id' })
  runId!: string;

  @Column('text')
  worker!: string;

  @Column('int')
  size!: number;

  /** Distinct `receive-order` spans that the batch links to. */
  @Column('int')
  links!: number;

  /** Orders without a link, because their carrier was missing or broken. */
  @Column('int', { name: 'links_missing' })
  linksMissing!: number;

  /** The carrier of the `process-batch` span; null before it starts, or without an SDK. */
  @Column('jsonb', { name: 'trace_context', nullable: true })
  traceContext!: TraceCarrier | null;

  @Column('text')
  outcome!: BatchOutcome;

  @Column('int')
  reconciled!: number;

  @Column('int')
  discrepancies!: number;

  @Column('int')
  failed!: number;

  @Column('text', { nullable: true })
  error!: string | null;

  @Column('timestamptz', { name: 'claimed_at' })
  claimedAt!: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;

  @Column('timestamptz', { name: 'lease_until' })
  leaseUntil!: Date;
}
