import { ApiProperty } from '@nestjs/swagger';
import {
  BRANCH_KINDS,
  COMPENSATIONS,
  FAN_OUT_STATUSES,
  OPERATION_STATUSES,
  type FanOutState,
  type FanOutStatus,
  type OperationState,
  type OperationStatus,
} from '@span-links/orders-data';
import { parseCarrier } from '@span-links/tracing';

const KINDS = [...BRANCH_KINDS, 'complete-fan-out', ...Object.values(COMPENSATIONS)];

/** An operation of a fan-out. */
export class OperationView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: KINDS, description: 'Also the name of its span.' })
  kind!: string;

  @ApiProperty({ enum: OPERATION_STATUSES })
  status!: OperationStatus;

  @ApiProperty({ description: 'How many attempts have begun.' })
  attempts!: number;

  @ApiProperty({ type: String, nullable: true, description: 'The trace of its last attempt, 32 hex digits.' })
  traceId!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'The span of its last attempt, 16 hex digits.' })
  spanId!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why the last failed attempt failed.' })
  error!: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The operation that this one undoes.',
  })
  undoes!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: string | null;
}

/** The fan-out of an order. */
export class FanOutView {
  @ApiProperty({ format: 'uuid', description: 'UUID v7' })
  id!: string;

  @ApiProperty({ format: 'uuid' })
  orderId!: string;

  @ApiProperty({
    enum: FAN_OUT_STATUSES,
    description:
      'compensating: an operation failed for good and the others are being undone; failed: they are.',
  })
  status!: FanOutStatus;

  @ApiProperty({ type: String, nullable: true, description: 'The trace that started the operations.' })
  traceId!: string | null;

  @ApiProperty({ format: 'date-time' })
  requestedAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finishedAt!: string | null;

  @ApiProperty({ type: [OperationView] })
  operations!: OperationView[];
}

export function viewOfFanOut(fanOut: FanOutState): FanOutView {
  return {
    id: fanOut.id,
    orderId: fanOut.orderId,
    status: fanOut.status,
    traceId: parseCarrier(fanOut.span).spanContext?.traceId ?? null,
    requestedAt: fanOut.requestedAt.toISOString(),
    finishedAt: fanOut.finishedAt?.toISOString() ?? null,
    operations: fanOut.operations.map(viewOfOperation),
  };
}

function viewOfOperation(operation: OperationState): OperationView {
  const { id, kind, status, attempts, error, undoes, finishedAt, span } = operation;
  const { spanContext } = parseCarrier(span);
  return {
    id,
    kind,
    status,
    attempts,
    traceId: spanContext?.traceId ?? null,
    spanId: spanContext?.spanId ?? null,
    error,
    undoes,
    finishedAt: finishedAt?.toISOString() ?? null,
  };
}
