import { Module, type DynamicModule } from '@nestjs/common';
import { OrdersRepository } from '@span-links/orders-data';
import { HealthModule } from '@span-links/service-shell';
import type { DataSource } from 'typeorm';
import { OrderIntake } from './order-intake.ts';
import { OrdersController } from './orders.controller.ts';

@Module({})
export class OrdersApiModule {
  static over(dataSource: DataSource): DynamicModule {
    const orders = new OrdersRepository(dataSource);
    const database = { name: 'database', check: () => orders.ping() };
    return {
      module: OrdersApiModule,
      imports: [HealthModule.forRoot({ ready: [database] })],
      controllers: [OrdersController],
      providers: [
        { provide: OrdersRepository, useValue: orders },
        { provide: OrderIntake, useValue: new OrderIntake(orders) },
      ],
    };
  }
}
