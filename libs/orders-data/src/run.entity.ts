import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The origin of a run: the clock, a request, or a command of an external scheduler. */
export type RunTrigger = 'cron' | 'http' | 'once';

/**
 * `stopped`: the worker was told to stop before the queue was empty. `abandoned`: it died.
 */
export type RunOutcome = 'running' | 'completed' | 'stopped' | 'failed' | 'abandoned';

/** One run of a worker: batch after batch until nothing was pending. */
@Entity('runs')
export class Run {
  @PrimaryColumn('uuid')
  id!: string;

  @Column('text')
  trigger!: RunTrigger;

  @Column('text')
  worker!: string;

  @Column('text')
  outcome!: RunOutcome;

  @Column('text', { nullable: true })
  error!: string | null;

  @Column('timestamptz', { name: 'started_at' })
  startedAt!: Date;

  @Column('timestamptz', { name: 'finished_at', nullable: true })
  finishedAt!: Date | null;

  @Column('timestamptz', { name: 'lease_until' })
  leaseUntil!: Date;
}
