import { ApiProperty } from '@nestjs/swagger';
import type { TrailStep } from '@span-links/orders-data';
import { parseCarrier } from '@span-links/tracing';
import type { TraceUrl } from './trace-url.ts';

/** A span on the way of an order. */
export class TrailStepView {
  @ApiProperty({ example: 'process-batch', description: 'The name of the span.' })
  kind!: string;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'Which attempt it was, of what may be tried again.',
  })
  attempt!: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Null where it died before it had one, or without an SDK.',
  })
  traceId!: string | null;

  @ApiProperty({ type: String, nullable: true })
  spanId!: string | null;

  @ApiProperty({ description: 'As its row says: of the order, the batch, the fan-out, or the attempt.' })
  status!: string;

  @ApiProperty({ type: String, nullable: true })
  error!: string | null;

  @ApiProperty({ format: 'date-time' })
  startedAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Where the configured viewer shows the span.' })
  url!: string | null;
}

/** The way of an order, from the span that received it on. */
export class OrderTrailView {
  @ApiProperty({ format: 'uuid' })
  orderId!: string;

  @ApiProperty({ type: [TrailStepView], description: 'Oldest first.' })
  traces!: TrailStepView[];
}

/** Shows a step. */
export function viewOfStep(step: TrailStep, traceUrl: TraceUrl): TrailStepView {
  const { kind, attempt, status, error, startedAt, finishedAt } = step;
  const { spanContext } = parseCarrier(step.span);
  return {
    kind,
    attempt,
    traceId: spanContext?.traceId ?? null,
    spanId: spanContext?.spanId ?? null,
    status,
    error,
    startedAt: startedAt.toISOString(),
    finishedAt: finishedAt?.toISOString() ?? null,
    url: spanContext ? traceUrl(spanContext) : null,
  };
}
