import { Logger, Module, type DynamicModule } from '@nestjs/common';
import {
  FanOutsRepository,
  OperationQueue,
  OrdersRepository,
  OrderTrail,
  type ClaimedOperation,
} from '@span-links/orders-data';
import { errorText, HealthModule } from '@span-links/service-shell';
import type { DataSource } from 'typeorm';
import { FanOutIntake } from './fan-out-intake.ts';
import { FAN_OUT_DEFAULTS, type FanOutSettings } from './fan-out-settings.ts';
import { FanOutWaiter } from './fan-out-waiter.ts';
import { FanOutRunner, type FanOutListener } from './fan-out.runner.ts';
import { FanOutsController } from './fan-outs.controller.ts';
import { OperationWork } from './operation-work.ts';
import { OperationProcessor } from './operation.processor.ts';
import { OrderIntake, type Publishing } from './order-intake.ts';
import { OrderTrailController, TRACE_URL } from './order-trail.controller.ts';
import { OrdersController } from './orders.controller.ts';
import { PaymentProvider } from './payment-provider.ts';
import { DEFAULT_TRACE_URL, type TraceUrl } from './trace-url.ts';

/** The options of the module, besides the database. */
export interface OrdersApiOptions {
  readonly fanOut?: Partial<FanOutSettings>;
  readonly traceUrl?: TraceUrl;
  /** Without it, orders are stored and not published. */
  readonly publishing?: Publishing | undefined;
  /** Holds the requests that wait for a fan-out. The caller can end the waits before the process stops. */
  readonly waiter?: FanOutWaiter;
}

@Module({})
export class OrdersApiModule {
  static over(dataSource: DataSource, options: OrdersApiOptions = {}): DynamicModule {
    const { traceUrl = DEFAULT_TRACE_URL, waiter = new FanOutWaiter() } = options;
    const orders = new OrdersRepository(dataSource);
    const fanOuts = new FanOutsRepository(dataSource);
    const runner = runnerOver(dataSource, orders, { ...FAN_OUT_DEFAULTS, ...options.fanOut }, waiter);
    const database = { name: 'database', check: () => orders.ping() };
    return {
      module: OrdersApiModule,
      imports: [HealthModule.forRoot({ ready: [database] })],
      controllers: [OrdersController, FanOutsController, OrderTrailController],
      providers: [
        { provide: OrdersRepository, useValue: orders },
        { provide: OrderIntake, useValue: new OrderIntake(orders, options.publishing) },
        { provide: FanOutsRepository, useValue: fanOuts },
        { provide: FanOutIntake, useValue: new FanOutIntake(fanOuts, () => runner.wake()) },
        { provide: FanOutRunner, useValue: runner },
        { provide: FanOutWaiter, useValue: waiter },
        { provide: OrderTrail, useValue: new OrderTrail(dataSource) },
        { provide: TRACE_URL, useValue: traceUrl },
      ],
    };
  }
}

function runnerOver(
  dataSource: DataSource,
  orders: OrdersRepository,
  settings: FanOutSettings,
  waiter: FanOutWaiter,
): FanOutRunner {
  const queue = new OperationQueue(dataSource);
  const work = new OperationWork(queue, orders, new PaymentProvider(), settings.stockPerSku);
  const processor = new OperationProcessor(queue, work, settings);
  return new FanOutRunner(queue, processor, settings, listener(waiter));
}

function listener(waiter: FanOutWaiter): FanOutListener {
  const log = new Logger('fan-out');
  return {
    attemptEnded: ({ orderId }) => waiter.stir(orderId),
    attemptFailed: (operation, error) => log.log(lineOf(operation, error)),
    claimFailed: (error) => log.error(`operations cannot be claimed: ${errorText(error)}`),
  };
}

function lineOf({ kind, attempt, orderId }: ClaimedOperation, error: unknown): string {
  return `${kind} of order ${orderId} failed at attempt ${attempt}: ${errorText(error)}`;
}
