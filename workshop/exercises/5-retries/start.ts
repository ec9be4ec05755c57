import type { Inbox } from '@span-links/tracing/inbox';
import { pgBossConsumer } from '@span-links/tracing/pg-boss';
import type { OrderJob, Warehouse } from '#workshop';

const orders = pgBossConsumer<OrderJob>('orders');
const deadLetters = pgBossConsumer<OrderJob>('orders.dead');

interface Place {
  /** A table with a row for each message: how often it was delivered, and the span of its last attempt. */
  readonly inbox: Inbox;
  readonly warehouse: Warehouse;
}

/** Gets each message of the queue `orders`. If it throws, pg-boss delivers the message again, up to three times. */
export async function handleOrder(job: OrderJob, { warehouse }: Place): Promise<void> {
  await orders.one(job, async () => {
    await warehouse.ship(job.data);
  });
}

/** Gets the messages that failed for good. `job.sourceId` is the ID that the message had in `orders`. */
export async function handleDeadLetter(job: OrderJob, { warehouse }: Place): Promise<void> {
  await deadLetters.one(job, async () => {
    await warehouse.report(job.data);
  });
}
