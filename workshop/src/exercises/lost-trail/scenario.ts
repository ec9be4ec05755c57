import type { Scenario } from '../../exercise.ts';
import { PostgresOrders, type Order, type OrderRow, type OrdersTable } from '../../shop/orders-table.ts';

interface Code {
  readonly receiveOrder: (order: Order, table: OrdersTable) => Promise<void>;
  readonly reconcileOrder: (row: OrderRow) => Promise<void>;
}

export interface Facts {
  readonly rows: readonly OrderRow[];
}

/** Three orders arrive. Later, when no span of theirs is active, each row is reconciled. */
export const scenario: Scenario<Code> = {
  needs: ['receiveOrder', 'reconcileOrder'],
  async play({ receiveOrder, reconcileOrder }, { databaseUrl }): Promise<Facts> {
    const table = await PostgresOrders.open(databaseUrl);
    try {
      for (const number of [1, 2, 3])
        await receiveOrder({ id: `order-${number}`, totalCents: number * 1_000 }, table);
      const rows = await table.rows();
      for (const row of rows) await reconcileOrder(row);
      return { rows };
    } finally {
      await table.close();
    }
  },
};
