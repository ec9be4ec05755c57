/** The exercises import this as `#workshop`. */
export { tracerOf } from '../child/services.ts';
export type { Order, OrderRow, OrdersTable } from './orders-table.ts';
export type { Broker, OrderJob } from './broker.ts';
export type { Fulfilment } from './fulfilment.ts';
export { Warehouse } from './warehouse.ts';
