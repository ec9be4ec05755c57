import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiResponse, ApiTags } from '@nestjs/swagger';
import { OrderTrail } from '@span-links/orders-data';
import { isOrderId, noSuchOrder } from './order-id.ts';
import { OrderTrailView, viewOfStep } from './order-trail-view.ts';
import type { TraceUrl } from './trace-url.ts';

/** The injection token of the configured {@link TraceUrl}. */
export const TRACE_URL = Symbol('TraceUrl');

@ApiTags('orders')
@Controller('orders/:id/trace')
export class OrderTrailController {
  constructor(
    private readonly trail: OrderTrail,
    @Inject(TRACE_URL) private readonly traceUrl: TraceUrl,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'List every trace that the order has touched, with a link into the trace viewer.',
  })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: OrderTrailView })
  @ApiResponse({ status: 404, description: 'There is no such order.' })
  async show(@Param('id') id: string): Promise<OrderTrailView> {
    const steps = isOrderId(id) ? await this.trail.of(id) : [];
    if (steps.length === 0) throw noSuchOrder();
    return { orderId: id, traces: steps.map((step) => viewOfStep(step, this.traceUrl)) };
  }
}
