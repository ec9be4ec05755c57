import { AppUnderTest } from '@span-links/service-shell/testing';
import type { ExplorerProcess } from './explorer-process.ts';

const ORDER = { customerId: 'customer-7', currency: 'EUR' };

/**
 * The order apps as processes that send their traces to an explorer. They keep their orders in its
 * database, like the demo.
 */
export class OrdersApps {
  private readonly env: Record<string, string>;
  private readonly api: AppUnderTest;

  constructor({ url, databaseUrl }: ExplorerProcess) {
    this.env = {
      DATABASE_URL: databaseUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_BSP_SCHEDULE_DELAY: '100',
    };
    this.api = new AppUnderTest({ ...partsOf('orders-api', 'main.js'), env: this.env });
  }

  /** Places orders one after the other. */
  async placeOrders(count: number, totalCents?: number): Promise<void> {
    const url = await this.api.ready();
    for (let n = 0; n < count; n++) {
      const items = [{ sku: `SKU-${1_000 + n}`, quantity: 1 + (n % 3), unitPriceCents: 1_999 }];
      const response = await fetch(`${url}/orders`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...ORDER, items, ...(totalCents !== undefined && { totalCents }) }),
      });
      if (response.status !== 201) throw new Error(`the order was refused: ${await response.text()}`);
    }
  }

  /** Runs the batch once over the pending orders. Its last span is exported when this returns. */
  async runBatch(): Promise<void> {
    const run = new AppUnderTest({ ...partsOf('orders-batch', 'run-once.js'), env: this.env });
    const { code } = await run.exit;
    if (code !== 0) throw new Error(`the batch ended with ${code}:\n${run.output}`);
  }

  /** Stopping also exports the last spans of orders-api. */
  async stop(): Promise<void> {
    await this.api.stop();
  }
}

function partsOf(app: string, main: string) {
  const dist = new URL(`../../${app}/dist/`, import.meta.url);
  return { main: new URL(main, dist), instrumentation: new URL('instrumentation.js', dist) };
}
