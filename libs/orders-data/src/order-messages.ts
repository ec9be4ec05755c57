/** The destination of received orders. The id of a message is the id of its order. */
export const ORDERS = 'orders';

/** The destination of prepared shipments. */
export const SHIPMENTS = 'shipments';

/**
 * The body of a message about an order. It has the order's id instead of the order, because an order of 1,000 items is
 * larger than the default message limit of brokers.
 */
export interface OrderMessage {
  readonly orderId: string;
}
