import { ApiProperty } from '@nestjs/swagger';
import type { Batch, RunSummary } from '@span-links/orders-data';
import { parseCarrier } from '@span-links/tracing';

/** The answer to a request for a run. */
export class RunStartedView {
  @ApiProperty({ format: 'uuid' })
  id!: string;
}

/** A run and the sums of its batches. */
export class RunView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: ['cron', 'http', 'once'] })
  trigger!: string;

  @ApiProperty({ description: 'The process that made the run.' })
  worker!: string;

  @ApiProperty({ enum: ['running', 'completed', 'stopped', 'failed', 'abandoned'] })
  outcome!: string;

  @ApiProperty({ type: String, nullable: true })
  error!: string | null;

  @ApiProperty({ format: 'date-time' })
  startedAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: string | null;

  @ApiProperty()
  batches!: number;

  @ApiProperty()
  orders!: number;

  @ApiProperty({ description: 'Distinct receive-order spans that the batches link to.' })
  links!: number;

  @ApiProperty({ description: 'Orders without a link, because their carrier was missing or broken.' })
  linksMissing!: number;

  @ApiProperty()
  reconciled!: number;

  @ApiProperty()
  discrepancies!: number;

  @ApiProperty({ description: 'Orders that were given up.' })
  failed!: number;
}

/** A page of runs, newest first. */
export class RunPageView {
  @ApiProperty({ type: [RunView] })
  runs!: RunView[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

/** One `process-batch`. */
export class BatchView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty()
  size!: number;

  @ApiProperty()
  links!: number;

  @ApiProperty()
  linksMissing!: number;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The trace of the process-batch span, 32 hex digits.',
  })
  traceId!: string | null;

  @ApiProperty({ enum: ['running', 'completed', 'failed', 'abandoned'] })
  outcome!: string;

  @ApiProperty()
  reconciled!: number;

  @ApiProperty()
  discrepancies!: number;

  @ApiProperty()
  failed!: number;

  @ApiProperty({ type: String, nullable: true })
  error!: string | null;

  @ApiProperty({ format: 'date-time' })
  claimedAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: string | null;
}

/** A run with a page of its batches. */
export class RunDetailView extends RunView {
  @ApiProperty({ type: [BatchView] })
  batchPage!: BatchView[];

  @ApiProperty({ type: String, nullable: true })
  nextCursor!: string | null;
}

export function viewOfRun(run: RunSummary): RunView {
  return {
    ...run,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}

export function viewOfBatch(batch: Batch): BatchView {
  return {
    id: batch.id,
    size: batch.size,
    links: batch.links,
    linksMissing: batch.linksMissing,
    traceId: parseCarrier(batch.traceContext).spanContext?.traceId ?? null,
    outcome: batch.outcome,
    reconciled: batch.reconciled,
    discrepancies: batch.discrepancies,
    failed: batch.failed,
    error: batch.error,
    claimedAt: batch.claimedAt.toISOString(),
    finishedAt: batch.finishedAt?.toISOString() ?? null,
  };
}
