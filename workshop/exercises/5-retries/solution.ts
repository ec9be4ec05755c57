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
export async function handleOrder(job: OrderJob, { inbox, warehouse }: Place): Promise<void> {
  const delivery = await inbox.receive(job.id);
  await orders.one(
    job,
    async () => {
      await inbox.started(delivery);
      try {
        await warehouse.ship(job.data);
        await inbox.done(delivery);
      } catch (error) {
        await inbox.failed(delivery);
        throw error;
      }
    },
    delivery,
  );
}

/** Gets the messages that failed for good. `job.sourceId` is the ID that the message had in `orders`. */
export async function handleDeadLetter(job: OrderJob, { inbox, warehouse }: Place): Promise<void> {
  const delivery = await inbox.receive(job.sourceId ?? job.id);
  await deadLetters.one(
    job,
    async () => {
      await warehouse.report(job.data);
    },
    delivery,
  );
}
