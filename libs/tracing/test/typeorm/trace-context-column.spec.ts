import { setTimeout as sleep } from 'node:timers/promises';
import { context, ROOT_CONTEXT, trace, type Span } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { cloneDatabase, startPostgresServer } from '@span-links/embedded-postgres/testing';
import { DataSource, IsNull, type EntityTarget } from 'typeorm';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { carrierOf, parseCarrier, startFanIn, type TraceCarrier } from '../../src/index.ts';
import { currentTraceContext } from '../../src/typeorm/index.ts';
import {
  EmailTask,
  Entry,
  ENTITIES,
  HiddenOrder,
  Line,
  Order,
  PaymentEntry,
  Refund,
  RemarkEntry,
  Shipment,
  Task,
  TextOrder,
} from './entities.ts';

const TEMPLATE = 'trace_context_template';
const exporter = new InMemorySpanExporter();
const tracer = new BasicTracerProvider({
  spanProcessors: [new SimpleSpanProcessor(exporter)],
}).getTracer('typeorm.spec');

let server: Awaited<ReturnType<typeof startPostgresServer>>;
let database: DataSource;

const connect = (url: string, options: { synchronize?: boolean; entitySkipConstructor?: boolean } = {}) =>
  new DataSource({
    type: 'postgres',
    url,
    entities: ENTITIES,
    installExtensions: false,
    ...options,
  }).initialize();

beforeAll(async () => {
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  server = await startPostgresServer();
  const template = await connect(await server.createDatabase(TEMPLATE), { synchronize: true });
  await template.destroy();
});
afterAll(async () => {
  context.disable();
  await server.destroy();
});
beforeEach(async () => {
  exporter.reset();
  database = await connect(await cloneDatabase(server.url(), TEMPLATE));
});
afterEach(() => database.destroy());

/** Runs in a new root span and returns the carrier that leads back to it. */
async function inRootSpan<T>(
  run: (span: Span) => Promise<T> | T,
): Promise<{ made: T; carrier: TraceCarrier }> {
  const span = tracer.startSpan('receive', { root: true });
  try {
    const made = await context.with(trace.setSpan(ROOT_CONTEXT, span), () => run(span));
    return { made, carrier: carrierOf(span.spanContext()) };
  } finally {
    span.end();
  }
}

/** Runs in a child span, as code that writes to a database does. */
async function inChildSpan<T>(run: () => Promise<T>): Promise<T> {
  const span = tracer.startSpan('persist');
  try {
    return await context.with(trace.setSpan(context.active(), span), run);
  } finally {
    span.end();
  }
}

/** The content of the rows, read without TypeORM. */
async function rowsOf(entity: EntityTarget<object>): Promise<Record<string, unknown>[]> {
  return database.query(`SELECT * FROM "${database.getMetadata(entity).tableName}" ORDER BY id`);
}
const storedIn = async (entity: EntityTarget<object>, column = 'traceContext') =>
  (await rowsOf(entity)).map((row) => row[column]);

const newOrder = (reference: string, fields: Partial<Order> = {}) =>
  Object.assign(new Order(), { reference, ...fields });

describe('an entity with a trace context column', () => {
  it('stores the span in which it was made, not the one in which it is saved', async () => {
    const { carrier } = await inRootSpan(async () => {
      const order = newOrder('a');
      await inChildSpan(() => database.manager.save(order));
    });
    expect(await storedIn(Order, 'trace_context')).toEqual([carrier]);
  });

  it('stores the span in which it was made when it is saved inside another trace', async () => {
    const { made, carrier } = await inRootSpan(() => newOrder('a'));
    await inRootSpan(() => database.manager.save(made));
    expect(await storedIn(Order, 'trace_context')).toEqual([carrier]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['save(new Order())', () => database.manager.save(newOrder('a'))],
    [
      'repository.create(plain)',
      () => database.getRepository(Order).save(database.getRepository(Order).create({ reference: 'a' })),
    ],
    [
      'manager.create(plain)',
      () => database.manager.save(database.manager.create(Order, { reference: 'a' })),
    ],
    ['insert(made)', () => database.manager.insert(Order, newOrder('a'))],
    ['upsert(made)', () => database.manager.upsert(Order, newOrder('a'), ['reference'])],
    [
      'a query builder with a made entity',
      () => database.createQueryBuilder().insert().into(Order).values(newOrder('a')).execute(),
    ],
    [
      'a plain object that says so',
      () => database.manager.insert(Order, { reference: 'a', traceContext: currentTraceContext() }),
    ],
    ['a transaction', () => database.transaction((manager) => manager.save(newOrder('a')))],
  ])('is covered when it is written with %s', async (_, write) => {
    const { carrier } = await inRootSpan(write);
    expect(await storedIn(Order, 'trace_context')).toEqual([carrier]);
  });

  it.each<[string, () => Promise<unknown>]>([
    ['insert', () => database.manager.insert(Order, { reference: 'a' })],
    ['save', () => database.getRepository(Order).save({ reference: 'a' })],
    [
      'a query builder',
      () => database.createQueryBuilder().insert().into(Order).values({ reference: 'a' }).execute(),
    ],
  ])(
    'does not guess for a plain object given to %s: no context is better than a wrong one',
    async (_, write) => {
      await inRootSpan(write);
      expect(await storedIn(Order, 'trace_context')).toEqual([null]);
    },
  );

  it('holds null, not undefined, outside any span and stores it as such', async () => {
    const order = newOrder('a');
    expect(order.traceContext).toBeNull();
    await database.manager.save(order);
    expect(await database.manager.countBy(Order, { traceContext: IsNull() })).toBe(1);
  });

  it('gives all rows of one request the same source, also in bulk', async () => {
    const { carrier } = await inRootSpan(async () => {
      const orders = Array.from({ length: 50 }, (_, index) => newOrder(`a${index}`));
      await database.manager.save(orders.slice(0, 25), { chunk: 10 });
      await database.manager.insert(Order, orders.slice(25));
    });
    const stored = await storedIn(Order, 'trace_context');
    expect(stored).toEqual(Array.from({ length: 50 }, () => carrier));
    startFanIn(
      tracer,
      'process-batch',
      stored.map((held) => ({ carrier: held })),
    )?.end();
    const links = exporter.getFinishedSpans().find(({ name }) => name === 'process-batch')?.links;
    expect(links).toHaveLength(1);
    expect(links?.[0]?.attributes?.['spanlinks.source_count']).toBe(50);
  });

  it('leaves no row and no context when its transaction is rolled back', async () => {
    const { carrier } = await inRootSpan(async () => {
      const lost = database.transaction(async (manager) => {
        await manager.save(newOrder('lost'));
        throw new Error('rolled back');
      });
      await expect(lost).rejects.toThrow('rolled back');
      await database.manager.save(newOrder('kept'));
    });
    const rows = await rowsOf(Order);
    expect(rows).toHaveLength(1);
    expect(rows[0]).toMatchObject({ reference: 'kept', trace_context: carrier });
  });

  it('keeps 200 concurrent requests apart, for any way to make their entities and any wait', async () => {
    const requests = Array.from({ length: 200 }, (_, index) =>
      inRootSpan(async () => {
        await sleep(index % 7);
        const first = newOrder(`${index}-new`);
        await database.query('SELECT 1');
        const second = database.manager.create(Order, {
          reference: `${index}-create`,
          lines: [{ sku: `${index}` }],
        });
        await sleep((index * 3) % 5);
        await inChildSpan(() => database.transaction((manager) => manager.save([first, second])));
        const third = newOrder(`${index}-insert`);
        if (index % 2) await inChildSpan(() => database.manager.insert(Order, third));
      }),
    );
    const carriers = (await Promise.all(requests)).map(({ carrier }) => carrier);
    const orders = await rowsOf(Order);
    expect(orders).toHaveLength(500);
    for (const order of orders) {
      expect(order['trace_context']).toEqual(carriers[Number.parseInt(String(order['reference']), 10)]);
    }
    const lines = await rowsOf(Line);
    expect(lines).toHaveLength(200);
    for (const line of lines) expect(line['traceContext']).toEqual(carriers[Number(line['sku'])]);
  });
});

describe('an entity that was loaded', () => {
  let writer: TraceCarrier;
  beforeEach(async () => {
    ({ carrier: writer } = await inRootSpan(() =>
      database.manager.save(newOrder('a', { lines: [Object.assign(new Line(), { sku: 'x' })] })),
    ));
  });

  it('holds the context of its row, even through a relation', async () => {
    const { made } = await inRootSpan(() => database.manager.find(Order, { relations: { lines: true } }));
    expect(made[0]?.traceContext).toEqual(writer);
    expect(made[0]?.lines[0]?.traceContext).toEqual(writer);
    expect(parseCarrier(made[0]?.traceContext).verdict).toBe('ok');
  });

  it('holds null if its row does', async () => {
    await database.query('UPDATE "order" SET trace_context = NULL');
    const { made } = await inRootSpan(() => database.manager.findOneByOrFail(Order, { reference: 'a' }));
    expect(made.traceContext).toBeNull();
  });

  it('does not hold the context of its reader if the column was not selected', async () => {
    const { made } = await inRootSpan(async () => [
      await database.manager.findOneOrFail(Order, { select: { id: true, reference: true }, where: {} }),
      await database.createQueryBuilder(Order, 'o').select(['o.id', 'o.reference']).getOneOrFail(),
      (
        await database.manager.findOneOrFail(Order, {
          relations: { lines: true },
          select: { id: true, lines: { id: true } },
          where: {},
        })
      ).lines[0],
    ]);
    expect(made.map((entity) => entity?.traceContext)).toEqual([undefined, undefined, undefined]);
  });

  it('is saved again by its reader without a change of its context', async () => {
    await inRootSpan(async () => {
      const [order] = await database.manager.find(Order);
      order!.status = 'done';
      await database.manager.save(order);
      const partial = await database.manager.findOneOrFail(Order, { select: { id: true }, where: {} });
      await database.manager.save(Object.assign(partial, { status: 'archived' }));
    });
    expect(await rowsOf(Order)).toMatchObject([{ status: 'archived', trace_context: writer }]);
  });

  it.each<[string, (id: number) => Promise<unknown>]>([
    ['save(a new entity with its id)', (id) => database.manager.save(newOrder('a', { id, status: 'done' }))],
    ['upsert', () => database.manager.upsert(Order, newOrder('a', { status: 'done' }), ['reference'])],
    [
      'merge',
      async (id) => {
        const held = await database.manager.findOneByOrFail(Order, { id });
        await database.manager.save(database.manager.merge(Order, held, newOrder('a', { status: 'done' })));
      },
    ],
    [
      'preload',
      async (id) => database.manager.save(await database.manager.preload(Order, { id, status: 'done' })),
    ],
    [
      'update',
      (id) => database.manager.update(Order, { id }, { status: 'done', traceContext: currentTraceContext() }),
    ],
  ])('keeps the context of its row through %s inside another span', async (_, write) => {
    const [row] = await rowsOf(Order);
    await inRootSpan(() => write(Number(row?.['id'])));
    expect(await rowsOf(Order)).toMatchObject([{ status: 'done', trace_context: writer }]);
  });

  it('passes its context on to a copy, unless the copy leaves it out', async () => {
    const { carrier: copier } = await inRootSpan(async () => {
      const { id: _, ...fields } = await database.manager.findOneByOrFail(Order, { reference: 'a' });
      const { traceContext: __, ...withoutContext } = fields;
      await database.manager.save(database.manager.create(Order, { ...fields, reference: 'copy' }));
      await database.manager.save(database.manager.create(Order, { ...withoutContext, reference: 'again' }));
    });
    expect(await storedIn(Order, 'trace_context')).toEqual([writer, writer, copier]);
  });

  it('gains relations that a reader makes and adds', async () => {
    const { carrier: adder } = await inRootSpan(async () => {
      const order = await database.manager.findOneOrFail(Order, { relations: { lines: true }, where: {} });
      order.lines.push(Object.assign(new Line(), { sku: 'y' }));
      await inChildSpan(() => database.manager.save(order));
    });
    expect(await storedIn(Line)).toEqual([writer, adder]);
  });

  it('holds no context of its reader if constructors are skipped', async () => {
    const skipping = await connect(String((database.options as { url?: string }).url), {
      entitySkipConstructor: true,
    });
    const { made } = await inRootSpan(() =>
      skipping.manager.findOneOrFail(Order, { select: { id: true }, where: {} }),
    );
    await skipping.destroy();
    expect(made.traceContext).toBeUndefined();
  });
});

describe('the column', () => {
  it('is inherited, from a plain class and into a shared table', async () => {
    const { carrier } = await inRootSpan(async () => {
      await database.manager.save(new Refund());
      await database.manager.save([new Task(), new EmailTask()]);
    });
    expect(await storedIn(Refund)).toEqual([carrier]);
    expect(await storedIn(Task)).toEqual([carrier, carrier]);
    const { made } = await inRootSpan(() => database.manager.find(Task, { select: { id: true } }));
    expect(made).toHaveLength(2);
    expect(made.map((task) => task.traceContext)).toEqual([undefined, undefined]);
  });

  it('may belong to one of the children of a shared table, and does not disturb the others', async () => {
    const { carrier } = await inRootSpan(() =>
      database.manager.save([new PaymentEntry(), new RemarkEntry(), new Entry()]),
    );
    expect(await storedIn(Entry)).toEqual([carrier, null, null]);
    const { made } = await inRootSpan(async () => [
      ...(await database.manager.find(Entry, { order: { id: 'ASC' } })),
      ...(await database.manager.find(PaymentEntry, { select: { id: true } })),
    ]);
    expect(made).toMatchObject([{ traceContext: carrier }, {}, {}, { traceContext: undefined }]);
  });

  it('may be part of an embedded object', async () => {
    const { carrier } = await inRootSpan(() => database.manager.save(new Shipment()));
    expect(await storedIn(Shipment, 'originTracecontext')).toEqual([carrier]);
    const { made } = await inRootSpan(async () => [
      await database.manager.findOneOrFail(Shipment, { where: {} }),
      await database.manager.findOneOrFail(Shipment, { select: { id: true }, where: {} }),
    ]);
    expect(made.map(({ origin }) => origin.traceContext)).toEqual([carrier, undefined]);
  });

  it('may be hidden from queries, and is still written and kept', async () => {
    const { carrier } = await inRootSpan(() =>
      database.manager.save(Object.assign(new HiddenOrder(), { id: 1 })),
    );
    await inRootSpan(async () => {
      const order = await database.manager.findOneByOrFail(HiddenOrder, { id: 1 });
      expect(order.traceContext).toBeUndefined();
      await database.manager.save(Object.assign(order, { note: 'read' }));
    });
    expect(await rowsOf(HiddenOrder)).toMatchObject([{ note: 'read', traceContext: carrier }]);
  });

  it('may be text, and then reads as the carrier that was written', async () => {
    const { carrier } = await inRootSpan(() =>
      database.manager.save(Object.assign(new TextOrder(), { id: 1 })),
    );
    await database.manager.save(Object.assign(new TextOrder(), { id: 2 }));
    expect(await storedIn(TextOrder)).toEqual([JSON.stringify(carrier), null]);
    expect((await database.manager.findOneByOrFail(TextOrder, { id: 1 })).traceContext).toEqual(carrier);
    const withoutContext = await database.manager.findBy(TextOrder, { traceContext: IsNull() });
    expect(withoutContext.map(({ id }) => id)).toEqual([2]);
  });

  it('reads a broken text as malformed, and the rows beside it unchanged', async () => {
    const { carrier } = await inRootSpan(() =>
      database.manager.save(Object.assign(new TextOrder(), { id: 1 })),
    );
    await database.query(`INSERT INTO text_order VALUES (2, '{"traceparent":'), (3, $1)`, [
      carrier.traceparent,
    ]);
    const orders = await database.manager.find(TextOrder, { order: { id: 'ASC' } });
    expect(orders.map(({ traceContext }) => parseCarrier(traceContext).verdict)).toEqual([
      'ok',
      'malformed',
      'ok',
    ]);
  });
});
