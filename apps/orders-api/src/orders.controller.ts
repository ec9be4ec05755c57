import { Body, Controller, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { ORDER_STATUSES, OrdersRepository } from '@span-links/orders-data';
import { ProblemException } from '@span-links/service-shell';
import type { Response } from 'express';
import { isOrderId, noSuchOrder } from './order-id.ts';
import { OrderIntake } from './order-intake.ts';
import { DATABASE_AWAY } from './order-problems.ts';
import { orderRequestSchema } from './order-request-schema.ts';
import { OrderPageView, OrderView, viewOf } from './order-view.ts';
import { cursorOf, parsePageQuery } from './page-query.ts';

const IDEMPOTENCY_KEY = /^[\x20-\x7e]{1,255}$/;

@ApiTags('orders')
@Controller('orders')
export class OrdersController {
  constructor(
    private readonly intake: OrderIntake,
    private readonly orders: OrdersRepository,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Receive an order; a batch reconciles it later.' })
  @ApiBody({ schema: orderRequestSchema })
  @ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    description: 'A request can be repeated under the same key without a second effect.',
  })
  @ApiCreatedResponse({ type: OrderView, headers: { Location: { schema: { type: 'string' } } } })
  @ApiResponse({ status: 400, description: 'Names every wrong field (application/problem+json).' })
  @ApiResponse({ status: 413, description: 'The body is over 1 MiB.' })
  @ApiResponse({ status: 422, description: 'The Idempotency-Key was used before, for another order.' })
  @ApiResponse({ status: 503, description: DATABASE_AWAY })
  async create(
    @Body() body: unknown,
    @Headers('idempotency-key') idempotencyKey: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<OrderView> {
    if (idempotencyKey !== undefined && !IDEMPOTENCY_KEY.test(idempotencyKey)) {
      throw new ProblemException({
        status: 400,
        detail: 'The Idempotency-Key must be 1 to 255 printable ASCII characters.',
      });
    }
    const { order, replayed } = await this.intake.receive(body, idempotencyKey);
    response.location(`/orders/${order.id}`);
    if (replayed) response.setHeader('idempotent-replayed', 'true');
    return viewOf(order);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Show an order and what became of it.' })
  @ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
  @ApiOkResponse({ type: OrderView })
  @ApiResponse({ status: 404, description: 'There is no such order.' })
  async show(@Param('id') id: string): Promise<OrderView> {
    const order = isOrderId(id) ? await this.orders.find(id) : null;
    if (!order) throw noSuchOrder();
    return viewOf(order);
  }

  @Get()
  @ApiOperation({ summary: 'List orders, newest first.' })
  @ApiQuery({ name: 'status', required: false, enum: ORDER_STATUSES })
  @ApiQuery({
    name: 'limit',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 100, default: 20 },
  })
  @ApiQuery({ name: 'cursor', required: false, description: '`nextCursor` of the page before.' })
  @ApiOkResponse({ type: OrderPageView })
  async list(@Query() query: Record<string, unknown>): Promise<OrderPageView> {
    const { status, limit, cursor } = parsePageQuery(query);
    const found = await this.orders.page({
      limit: limit + 1,
      ...(status ? { status } : {}),
      ...(cursor ? { beforeId: cursor } : {}),
    });
    const shown = found.slice(0, limit);
    const last = found.length > limit ? shown.at(-1) : undefined;
    return { orders: shown.map(viewOf), nextCursor: last ? cursorOf(last.id) : null };
  }
}
