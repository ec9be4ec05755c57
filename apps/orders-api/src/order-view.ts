import { ApiProperty } from '@nestjs/swagger';
import { ORDER_STATUSES, type Order, type OrderStatus } from '@span-links/orders-data';
import { parseCarrier } from '@span-links/tracing';

/** One line of an order. */
export class OrderItemView {
  @ApiProperty({ example: 'SKU-1042' })
  sku!: string;

  @ApiProperty({ example: 2 })
  quantity!: number;

  @ApiProperty({ example: 1999, description: "In hundredths of the order's currency." })
  unitPriceCents!: number;
}

/** An order as the API shows it. */
export class OrderView {
  @ApiProperty({ format: 'uuid', description: 'UUID v7' })
  id!: string;

  @ApiProperty({ enum: ORDER_STATUSES })
  status!: OrderStatus;

  @ApiProperty()
  customerId!: string;

  @ApiProperty({ example: 'EUR' })
  currency!: string;

  @ApiProperty({ type: [OrderItemView] })
  items!: OrderItemView[];

  @ApiProperty({ type: Number, nullable: true, description: 'The total that was stated with the order.' })
  totalCents!: number | null;

  @ApiProperty({
    type: Number,
    nullable: true,
    description: 'The total recomputed from the items by the batch.',
  })
  reconciledTotalCents!: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'Why the order is a discrepancy, or failed.' })
  reason!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The trace that received the order, 32 hex digits.',
  })
  traceId!: string | null;

  @ApiProperty({
    type: String,
    format: 'uuid',
    nullable: true,
    description: 'The batch that reconciled the order.',
  })
  batchId!: string | null;

  @ApiProperty({ description: 'How many batches have claimed the order.' })
  attempts!: number;

  @ApiProperty({ format: 'date-time' })
  receivedAt!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  reconciledAt!: string | null;
}

/** A page of orders, newest first. */
export class OrderPageView {
  @ApiProperty({ type: [OrderView] })
  orders!: OrderView[];

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Pass it as `cursor` for the next page; null on the last.',
  })
  nextCursor!: string | null;
}

export function viewOf(order: Order): OrderView {
  return {
    id: order.id,
    status: order.status,
    customerId: order.customerId,
    currency: order.currency,
    items: order.items,
    totalCents: order.statedTotalCents,
    reconciledTotalCents: order.totalCents,
    reason: order.reason,
    traceId: parseCarrier(order.traceContext).spanContext?.traceId ?? null,
    batchId: order.batchId,
    attempts: order.attempts,
    receivedAt: order.receivedAt.toISOString(),
    reconciledAt: order.reconciledAt?.toISOString() ?? null,
  };
}
