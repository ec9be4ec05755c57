import { Module, type DynamicModule } from '@nestjs/common';
import { Messaging, MessagingModule } from '@span-links/messaging';
import {
  InvoicesRepository,
  ORDERS,
  OrdersRepository,
  SHIPMENTS,
  ShipmentsRepository,
  type OrdersDatabase,
} from '@span-links/orders-data';
import { HealthModule } from '@span-links/service-shell';
import type { FulfilmentConfig } from './config.ts';
import { DeadLetters } from './dead-letters.ts';
import { Dispatch, DISPATCH } from './dispatch.ts';
import { Invoicing, INVOICING } from './invoicing.ts';
import { InvoicesController } from './invoices.controller.ts';
import { ShipmentsController } from './shipments.controller.ts';
import { Shipping, ShippingBelowProducer, SHIPPING } from './shipping.ts';

/** The consumers and their messages. */
const DESTINATIONS = {
  [ORDERS]: [SHIPPING, INVOICING],
  [SHIPMENTS]: [DISPATCH],
};

@Module({})
export class OrdersFulfilmentModule {
  static over({ dataSource, url }: OrdersDatabase, settings: FulfilmentConfig): DynamicModule {
    const shipments = new ShipmentsRepository(dataSource);
    const database = { name: 'database', check: () => shipments.ping() };
    return {
      module: OrdersFulfilmentModule,
      imports: [
        MessagingModule.forRoot({
          dataSource,
          transport: settings.transport(url),
          destinations: DESTINATIONS,
          redeliverAfterMs: settings.redeliverAfterMs,
          maxAttempts: settings.maxAttempts,
          relayPollMs: settings.relayPollMs,
        }),
        HealthModule.forRootAsync({
          inject: [Messaging],
          useFactory: (messaging: Messaging) => ({
            ready: [database, { name: 'messaging', check: () => messaging.check() }],
          }),
        }),
      ],
      controllers: [ShipmentsController, InvoicesController],
      providers: [
        { provide: OrdersRepository, useValue: new OrdersRepository(dataSource) },
        { provide: ShipmentsRepository, useValue: shipments },
        { provide: InvoicesRepository, useValue: new InvoicesRepository(dataSource) },
        {
          provide: Shipping,
          useClass: settings.shippingParent === 'producer' ? ShippingBelowProducer : Shipping,
        },
        Invoicing,
        Dispatch,
        DeadLetters,
      ],
    };
  }
}
