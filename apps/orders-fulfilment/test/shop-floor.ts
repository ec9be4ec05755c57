import { startOtlpReceiver, type OtlpReceiver, type ReceivedSpan } from '@span-links/otlp/receiver';
import { AppUnderTest } from '@span-links/service-shell/testing';
import pg from 'pg';

const APPS = ['orders-api', 'orders-batch', 'orders-fulfilment'] as const;
export type AppName = (typeof APPS)[number];

// Never ticks in a test.
const YEARLY = '0 0 1 1 *';

/** The platform's processes over one database, and the spans that they export. */
export class ShopFloor {
  /** Every process that was started, in their order. */
  private readonly started: { readonly name: AppName; readonly app: AppUnderTest }[] = [];
  private readonly pool: pg.Pool;

  private constructor(
    readonly databaseUrl: string,
    readonly receiver: OtlpReceiver,
    private readonly env: Readonly<Record<string, string>>,
  ) {
    this.pool = new pg.Pool({ connectionString: databaseUrl, max: 4 });
    this.pool.on('error', () => undefined);
  }

  /** @param env for all apps. */
  static async open(databaseUrl: string, env: Record<string, string> = {}): Promise<ShopFloor> {
    return new ShopFloor(databaseUrl, await startOtlpReceiver(), env);
  }

  /** Starts an app, another process of it, or starts it again. @returns its URL. */
  async start(name: AppName, env: Record<string, string> = {}): Promise<string> {
    return this.launch(name, env).ready();
  }

  launch(name: AppName, env: Record<string, string> = {}): AppUnderTest {
    const dist = new URL(`../../${name}/dist/`, import.meta.url);
    const app = new AppUnderTest({
      main: new URL('main.js', dist),
      instrumentation: new URL('instrumentation.js', dist),
      env: {
        DATABASE_URL: this.databaseUrl,
        OTEL_EXPORTER_OTLP_ENDPOINT: this.receiver.url,
        OTEL_BSP_SCHEDULE_DELAY: '100',
        BATCH_CRON: YEARLY,
        MESSAGING_RELAY_POLL_MS: '50',
        ...this.env,
        ...env,
      },
    });
    this.started.push({ name, app });
    return app;
  }

  /** The process of an app that was started last. */
  latest(name: AppName): AppUnderTest {
    const found = this.started.findLast((each) => each.name === name);
    if (!found) throw new Error(`${name} was not started`);
    return found.app;
  }

  async query<T extends object>(sql: string, parameters: unknown[] = []): Promise<T[]> {
    const { rows } = await this.pool.query<T>(sql, parameters);
    return rows;
  }

  /** Asks until the answer is not undefined. */
  async until<T>(what: string, ask: () => Promise<T | undefined>, timeoutMs = 50_000): Promise<T> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (Date.now() > deadline) {
        const outputs = APPS.map(
          (name) => `${name}:\n${this.started.findLast((each) => each.name === name)?.app.output}`,
        );
        throw new Error(`waited in vain for ${what}\n${outputs.join('\n')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }

  /** Stops all apps, which export their last spans. */
  async stop(): Promise<void> {
    await Promise.all(this.started.map(({ app }) => app.stop()));
  }

  async close(): Promise<void> {
    await this.stop();
    await this.pool.end();
    await this.receiver.close();
  }
}

/** An order as a customer sends it. */
export const order = (overrides: Record<string, unknown> = {}) => ({
  customerId: 'customer-7',
  currency: 'EUR',
  items: [
    { sku: 'ESPRESSO-1KG', quantity: 2, unitPriceCents: 1_890 },
    { sku: 'MUG-STONEWARE', quantity: 25, unitPriceCents: 1_200 },
  ],
  ...overrides,
});

export async function post<T>(url: string, body?: unknown, headers: Record<string, string> = {}) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as T };
}

/** The spans of this name, below a parent if one is given. */
export const named = (spans: readonly ReceivedSpan[], name: string, parent?: ReceivedSpan) =>
  spans.filter(
    (span) =>
      span.name === name &&
      (parent === undefined || (span.traceId === parent.traceId && span.parentSpanId === parent.spanId)),
  );

/** The links of a span: the relation, and the ids of the target. */
export const linksOf = (span: ReceivedSpan | undefined) =>
  span?.links.map((link) => [link.attributes['spanlinks.relation'], link.traceId, link.spanId]);

export const to = (relation: string, span: ReceivedSpan | undefined) => [
  relation,
  span?.traceId,
  span?.spanId,
];
