import { Controller, Get, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiQuery,
  ApiResponse,
  ApiTags,
} from '@nestjs/swagger';
import { FanOutsRepository, hasEnded } from '@span-links/orders-data';
import { ProblemException } from '@span-links/service-shell';
import type { Response } from 'express';
import { FanOutIntake } from './fan-out-intake.ts';
import { FanOutView, viewOfFanOut } from './fan-out-view.ts';
import { FanOutWaiter } from './fan-out-waiter.ts';
import { isOrderId, noSuchOrder } from './order-id.ts';
import { DATABASE_AWAY } from './order-problems.ts';

// Proxies give up after about a minute, and a client can ask again.
const PATIENCE_MS = 30_000;

@ApiTags('fan-out')
@ApiParam({ name: 'id', schema: { type: 'string', format: 'uuid' } })
@Controller('orders/:id/fan-out')
export class FanOutsController {
  constructor(
    private readonly intake: FanOutIntake,
    private readonly fanOuts: FanOutsRepository,
    private readonly waiter: FanOutWaiter,
  ) {}

  @Post()
  @ApiOperation({ summary: 'Start the operations of an order in parallel, or show those that were started.' })
  @ApiQuery({
    name: 'wait',
    required: false,
    schema: { type: 'boolean', default: false },
    description: 'Answer only when all is done, or after 30 s.',
  })
  @ApiOkResponse({ type: FanOutView, description: 'With `wait`: everything is done, or undone.' })
  @ApiAcceptedResponse({ type: FanOutView, headers: { Location: { schema: { type: 'string' } } } })
  @ApiResponse({ status: 404, description: 'There is no such order.' })
  @ApiResponse({ status: 409, description: 'The order is a discrepancy, or was given up.' })
  @ApiResponse({ status: 503, description: DATABASE_AWAY })
  async start(
    @Param('id') id: string,
    @Query('wait') wait: string | undefined,
    @Res({ passthrough: true }) response: Response,
  ): Promise<FanOutView> {
    const waits = isAskedToWait(wait);
    if (!isOrderId(id)) throw noSuchOrder();
    const { fanOut, replayed } = await this.intake.request(id);
    const latest = waits ? await this.waitForEnd(fanOut, response) : fanOut;
    response.location(`/orders/${id}/fan-out`);
    if (replayed) response.setHeader('idempotent-replayed', 'true');
    response.status(waits && hasEnded(latest) ? 200 : 202);
    return viewOfFanOut(latest);
  }

  @Get()
  @ApiOperation({ summary: 'Show the state of the operations of an order.' })
  @ApiOkResponse({ type: FanOutView })
  @ApiResponse({ status: 404, description: 'There is no such order, or it has not been fanned out.' })
  async show(@Param('id') id: string): Promise<FanOutView> {
    const fanOut = isOrderId(id) ? await this.fanOuts.find(id) : undefined;
    if (!fanOut) throw new ProblemException({ status: 404, detail: 'There is no fan-out of this order.' });
    return viewOfFanOut(fanOut);
  }

  private async waitForEnd(fanOut: Parameters<FanOutWaiter['wait']>[0], response: Response) {
    const gone = new AbortController();
    const hangUp = () => gone.abort();
    response.once('close', hangUp);
    const look = () => this.fanOuts.find(fanOut.orderId);
    return this.waiter
      .wait(fanOut, look, PATIENCE_MS, gone.signal)
      .finally(() => response.off('close', hangUp));
  }
}

function isAskedToWait(wait: unknown): boolean {
  if (wait === undefined || wait === 'false') return false;
  if (wait === 'true') return true;
  throw new ProblemException({
    status: 400,
    detail: 'The query is not valid. Fix the parameters listed in `errors`.',
    extensions: { errors: [{ parameter: 'wait', detail: 'must be true or false' }] },
  });
}
