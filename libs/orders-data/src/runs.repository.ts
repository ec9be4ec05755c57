import type { DataSource } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import { Batch } from './batch.entity.ts';
import { Run, type RunOutcome, type RunTrigger } from './run.entity.ts';
import { readSql } from './sql.ts';
import { storedText } from './stored-text.ts';

/** A run with the sums of its batches. */
export interface RunSummary {
  readonly id: string;
  readonly trigger: RunTrigger;
  readonly worker: string;
  readonly outcome: RunOutcome;
  readonly error: string | null;
  readonly startedAt: Date;
  readonly finishedAt: Date | null;
  readonly batches: number;
  readonly orders: number;
  readonly links: number;
  readonly linksMissing: number;
  readonly reconciled: number;
  readonly discrepancies: number;
  readonly failed: number;
}

const RUN_SUMMARIES = readSql('run-summaries');
const START_RUN = `
  INSERT INTO runs (id, trigger, worker, lease_until)
  VALUES ($1, $2, $3, now() + $4::int * interval '1 millisecond')`;
const FINISH_RUN = `UPDATE runs SET outcome = $2, error = $3, finished_at = now() WHERE id = $1`;
const DISCARD_RUN = `DELETE FROM runs WHERE id = $1 AND NOT EXISTS (SELECT FROM batches WHERE run_id = $1)`;

export class RunsRepository {
  constructor(private readonly dataSource: DataSource) {}

  /** @returns the id of the new run, which counts as abandoned if it claims nothing for `leaseMs`. */
  async start(trigger: RunTrigger, worker: string, leaseMs: number): Promise<string> {
    const id = uuidv7();
    await this.dataSource.query(START_RUN, [id, trigger, worker, leaseMs]);
    return id;
  }

  async finish(
    id: string,
    outcome: Exclude<RunOutcome, 'running'>,
    error: string | null = null,
  ): Promise<void> {
    await this.dataSource.query(FINISH_RUN, [id, outcome, error && storedText(error)]);
  }

  /** Removes a run that found nothing to do because another worker was faster. */
  async discardEmpty(id: string): Promise<void> {
    await this.dataSource.query(DISCARD_RUN, [id]);
  }

  async find(id: string): Promise<RunSummary | null> {
    const [run] = await this.dataSource.query<RunSummary[]>(RUN_SUMMARIES, [id, null, 1]);
    return run ?? null;
  }

  /** A page of runs, newest first. */
  async page(limit: number, beforeId?: string): Promise<RunSummary[]> {
    return this.dataSource.query<RunSummary[]>(RUN_SUMMARIES, [null, beforeId ?? null, limit]);
  }

  /** A page of the batches of a run, first claim first. */
  async batchesOf(runId: string, limit: number, afterId?: string): Promise<Batch[]> {
    const query = this.dataSource.manager
      .createQueryBuilder(Batch, 'b')
      .where('b.run_id = :runId', { runId })
      .orderBy('b.id', 'ASC')
      .limit(limit);
    if (afterId) query.andWhere('b.id > :afterId', { afterId });
    return query.getMany();
  }

  /** Resolves if the runs table can be read: the database is up and migrated. */
  async ping(): Promise<void> {
    await this.dataSource.manager.createQueryBuilder(Run, 'r').select('1').limit(1).getRawOne();
  }
}
