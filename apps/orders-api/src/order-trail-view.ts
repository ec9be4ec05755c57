import { ApiProperty } from '@nestjs/swagger';
import type { TrailStep } from '@span-links/orders-data';
import { parseCarrier } from '@span-links/tracing';
import type { TraceUrl } from './trace-url.ts';

/** A span on the path of an order. */
export class TrailStepView {
  @ApiProperty({ example: 'process-batch', description: 'The name of the span.' })
  kind!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'shipping',
    description: 'Which group of consumers handled the message; null for everything else.',
  })
  consumer!: string | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'The number of the attempt; null for work without retries.',
  })
  attempt!: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Null if the work died before it had a span, or without an SDK.',
  })
  traceId!: string | null;

  @ApiProperty({ type: String, nullable: true })
  spanId!: string | null;

  @ApiProperty({
    description: 'As in its row: the state of the order, message, batch, fan-out or attempt.',
  })
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

/** The path of an order, from the span that received it. */
export class OrderTrailView {
  @ApiProperty({ format: 'uuid' })
  orderId!: string;

  @ApiProperty({ type: [TrailStepView], description: 'Oldest first.' })
  traces!: TrailStepView[];
}

export function viewOfStep(step: TrailStep, traceUrl: TraceUrl): TrailStepView {
  const { kind, consumer, attempt, status, error, startedAt, finishedAt } = step;
  const { spanContext } = parseCarrier(step.span);
  return {
    kind,
    consumer,
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
