import { Controller, Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiProperty, ApiResponse, ApiTags } from '@nestjs/swagger';
import { ShipmentsRepository } from '@span-links/orders-data';
import { ProblemException } from '@span-links/service-shell';
import { parseCarrier } from '@span-links/tracing';
import { isOrderId } from './order-id.ts';

/** The shipment of an order. */
export class ShipmentView {
  @ApiProperty({ format: 'uuid' })
  orderId!: string;

  @ApiProperty({ example: 7, description: 'The quantities of all items together.' })
  pieces!: number;

  @ApiProperty({ example: 1 })
  parcels!: number;

  @ApiProperty({ format: 'date-time' })
  preparedAt!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The trace that prepared the shipment, 32 hex digits.',
  })
  traceId!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When the parcels were handed over.',
  })
  dispatchedAt!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'The trace that handed the parcels over, 32 hex digits.',
  })
  dispatchTraceId!: string | null;
}

@ApiTags('shipments')
@Controller('shipments')
export class ShipmentsController {
  constructor(private readonly shipments: ShipmentsRepository) {}

  @Get(':orderId')
  @ApiOperation({ summary: 'Show the shipment of an order.' })
  @ApiParam({ name: 'orderId', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: ShipmentView })
  @ApiResponse({
    status: 404,
    description: 'The order is not known, or its message has not been handled yet.',
  })
  async show(@Param('orderId') orderId: string): Promise<ShipmentView> {
    const shipment = isOrderId(orderId) ? await this.shipments.find(orderId) : null;
    if (!shipment) throw new ProblemException({ status: 404, detail: 'There is no shipment of this order.' });
    return {
      orderId: shipment.orderId,
      pieces: shipment.pieces,
      parcels: shipment.parcels,
      preparedAt: shipment.preparedAt.toISOString(),
      traceId: parseCarrier(shipment.traceContext).spanContext?.traceId ?? null,
      dispatchedAt: shipment.dispatchedAt?.toISOString() ?? null,
      dispatchTraceId: parseCarrier(shipment.dispatchContext).spanContext?.traceId ?? null,
    };
  }
}
