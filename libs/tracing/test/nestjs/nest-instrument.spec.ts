import {
  ConflictException,
  Controller,
  createParamDecorator,
  Get,
  Header,
  HttpCode,
  Inject,
  Injectable,
  Module,
  Param,
  ParseIntPipe,
  Post,
  Scope,
  ServiceUnavailableException,
  SetMetadata,
  Sse,
  UseGuards,
  UseInterceptors,
  type CallHandler,
  type CanActivate,
  type ExecutionContext,
  type INestApplication,
  type NestInterceptor,
  type Provider,
  type Type,
} from '@nestjs/common';
import { NestFactory, Reflector } from '@nestjs/core';
import { context, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { NextFunction, Request, Response } from 'express';
import { map, Subject, timer, type Observable } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { nestInstrument, Traced, type NestInstrumentOptions } from '../../src/nestjs/index.ts';
import { recordSpans, type RecordedSpans } from './recorded-spans.ts';

let spans: RecordedSpans;
let app: INestApplication | undefined;
let url = '';

beforeAll(() => (spans = recordSpans()));
afterAll(() => spans.unregister());
beforeEach(() => spans.reset());
afterEach(async () => {
  await app?.close();
  app = undefined;
});

/** A real application. Each request is in a span `server`, as with the http instrumentation. */
async function start(
  controllers: Type[],
  { providers = [], ...options }: { providers?: Provider[]; instrument?: NestInstrumentOptions } = {},
): Promise<INestApplication> {
  @Module({ controllers, providers })
  class TestModule {}
  app = await NestFactory.create(TestModule, {
    logger: false,
    abortOnError: false,
    forceCloseConnections: true,
    instrument: nestInstrument(options.instrument),
  });
  app.use((request: Request, response: Response, next: NextFunction) => {
    const span = spans.tracer.startSpan('server', {
      kind: SpanKind.SERVER,
      attributes: { target: request.url },
    });
    response.once('close', () => span.end());
    context.with(trace.setSpan(context.active(), span), next);
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
  return app;
}

const get = (path: string) => fetch(`${url}${path}`);
const parentOf = (span: { parentSpanContext?: { spanId: string } }) => span.parentSpanContext?.spanId;

@Injectable()
class RolesGuard implements CanActivate {
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  canActivate(execution: ExecutionContext): boolean {
    const role = this.reflector.get<string>('role', execution.getHandler());
    return execution.switchToHttp().getRequest<Request>().headers['x-role'] === role;
  }
}

@Injectable()
class Envelope implements NestInterceptor {
  intercept(execution: ExecutionContext, next: CallHandler): Observable<unknown> {
    const handler = execution.getHandler().name;
    return next.handle().pipe(map((body: unknown) => ({ handler, body })));
  }
}

const Agent = createParamDecorator(
  (_data: unknown, execution: ExecutionContext) =>
    execution.switchToHttp().getRequest<Request>().headers['x-agent'],
);

describe('the span of a handler', () => {
  @Controller('orders')
  class OrdersController {
    readonly #price = 7;

    get total(): number {
      throw new Error('an accessor was read');
    }

    @Get(':count/price')
    price(@Param('count', ParseIntPipe) count: number): number {
      spans.tracer.startSpan('inside').end();
      return count * this.#price;
    }

    @Post()
    @HttpCode(202)
    @Header('x-kind', 'order')
    @SetMetadata('role', 'buyer')
    @UseGuards(RolesGuard)
    @UseInterceptors(Envelope)
    async create(@Agent() agent: string): Promise<string> {
      return agent;
    }

    notARoute(): string {
      return 'not a route';
    }
  }

  beforeEach(() => start([OrdersController]));

  it('is named after class and method, with the attributes of the official instrumentation, below the server span', async () => {
    expect(await (await get('/orders/3/price')).text()).toBe('21');
    const handler = await spans.ended('OrdersController.price');
    expect(handler.kind).toBe(SpanKind.INTERNAL);
    expect(handler.attributes).toEqual({
      'nestjs.type': 'handler',
      'nestjs.controller': 'OrdersController',
      'nestjs.callback': 'price',
      'code.function.name': 'OrdersController.price',
    });
    expect(parentOf(handler)).toBe((await spans.ended('server')).spanContext().spanId);
    expect(parentOf(await spans.ended('inside'))).toBe(handler.spanContext().spanId);
  });

  it('keeps guards, pipes, interceptors, parameter decorators, status codes and headers working', async () => {
    const headers = { 'x-role': 'buyer', 'x-agent': 'ada' };
    const created = await fetch(`${url}/orders`, { method: 'POST', headers });
    expect(created.status).toBe(202);
    expect(created.headers.get('x-kind')).toBe('order');
    expect(await created.json()).toEqual({ handler: 'create', body: 'ada' });
    expect((await fetch(`${url}/orders`, { method: 'POST' })).status).toBe(403);
    expect((await get('/orders/three/price')).status).toBe(400);
    await spans.ended('OrdersController.create');
    expect(spans.named('OrdersController.price')).toEqual([]);
  });

  it('is made only of routes, and leaves the class and the look of its instances unchanged', async () => {
    const controller = app!.get(OrdersController);
    expect(controller.notARoute()).toBe('not a route');
    expect(spans.all()).toEqual([]);
    expect(Object.keys(controller)).toEqual([]);
    new OrdersController().price(1);
    expect(spans.named('OrdersController.price')).toEqual([]);
  });

  it('has the right parent and children in each of 100 requests at once', async () => {
    const prices = await Promise.all(
      Array.from({ length: 100 }, async (_, count) =>
        Number(await (await get(`/orders/${count}/price`)).text()),
      ),
    );
    expect(prices).toEqual(Array.from({ length: 100 }, (_, count) => count * 7));
    await expect.poll(() => spans.named('server').length).toBe(100);
    const handlers = new Map(
      spans.named('OrdersController.price').map((span) => [span.spanContext().spanId, span]),
    );
    const chains = spans.named('inside').map((inside) => handlers.get(parentOf(inside)!)!);
    expect(new Set(chains.map(parentOf))).toEqual(
      new Set(spans.named('server').map((span) => span.spanContext().spanId)),
    );
    expect(chains).toHaveLength(100);
  });
});

describe('an error of a handler', () => {
  class OutOfStock extends Error {
    override readonly name = 'OutOfStock';
  }

  @Controller()
  class FailingController {
    @Get('conflict')
    conflict(): void {
      throw new ConflictException();
    }

    @Get('unavailable')
    async unavailable(): Promise<void> {
      throw new ServiceUnavailableException();
    }

    @Get('broken')
    async broken(): Promise<void> {
      throw new OutOfStock('nothing left');
    }
  }

  it('does not fail the span for a 4xx answer, and shows its status code', async () => {
    await start([FailingController]);
    expect((await get('/conflict')).status).toBe(409);
    const span = await spans.ended('FailingController.conflict');
    expect(span.status).toEqual({ code: SpanStatusCode.UNSET });
    expect(span.events).toEqual([]);
    expect(span.attributes['http.response.status_code']).toBe(409);
  });

  it('fails the span for a 5xx answer or any other error', async () => {
    await start([FailingController]);
    expect((await get('/unavailable')).status).toBe(503);
    expect((await spans.ended('FailingController.unavailable')).status.code).toBe(SpanStatusCode.ERROR);
    expect((await get('/broken')).status).toBe(500);
    const broken = await spans.ended('FailingController.broken');
    expect(broken.status).toEqual({ code: SpanStatusCode.ERROR, message: 'nothing left' });
    expect(broken.attributes['error.type']).toBe('OutOfStock');
  });

  it('does not fail the span if the application calls it expected', async () => {
    await start([FailingController], {
      instrument: { isFailure: (error) => !(error instanceof OutOfStock) },
    });
    await get('/broken');
    expect((await spans.ended('FailingController.broken')).status.code).toBe(SpanStatusCode.UNSET);
    await get('/unavailable');
    expect((await spans.ended('FailingController.unavailable')).status.code).toBe(SpanStatusCode.ERROR);
  });
});

describe('a handler that streams', () => {
  const endless = new Subject<string>();

  @Controller()
  class StreamController {
    @Sse('ticks')
    ticks(): Observable<{ data: string }> {
      return timer(0, 5).pipe(
        map((tick) => {
          spans.tracer.startSpan('emit').end();
          if (tick === 3) throw new Error('the clock broke');
          return { data: String(tick) };
        }),
      );
    }

    @Sse('endless')
    endless(): Observable<string> {
      return endless;
    }

    @Get('rows')
    async *rows(): AsyncGenerator<string> {
      for (const row of ['a', 'b', 'c']) {
        spans.tracer.startSpan('read').end();
        yield row;
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
  }

  beforeEach(() => start([StreamController]));

  it('ends its span with the stream of events, and fails it with the error of the stream', async () => {
    expect(await (await get('/ticks')).text()).toMatch(/data: 0\n[^]*data: 1\n[^]*data: 2\n/);
    const handler = await spans.ended('StreamController.ticks');
    expect(handler.status).toEqual({ code: SpanStatusCode.ERROR, message: 'the clock broke' });
    expect(spans.named('emit').map(parentOf)).toEqual(Array(4).fill(handler.spanContext().spanId));
  });

  it('ends its span when the client goes away', async () => {
    const client = new AbortController();
    const response = await fetch(`${url}/endless`, { signal: client.signal });
    const reader = response.body!.getReader();
    endless.next('one');
    let received = '';
    while (!received.includes('one'))
      received += new TextDecoder().decode((await reader.read()).value as Uint8Array);
    expect(spans.named('StreamController.endless')).toEqual([]);
    client.abort();
    expect((await spans.ended('StreamController.endless')).status.code).toBe(SpanStatusCode.UNSET);
    expect(endless.observed).toBe(false);
  });

  it('ends its span with the last row of an async generator, and reads each row inside it', async () => {
    expect(await (await get('/rows')).text()).toBe('abc');
    const handler = await spans.ended('StreamController.rows');
    expect(spans.named('read').map(parentOf)).toEqual(Array(3).fill(handler.spanContext().spanId));
    expect(spans.all().findIndex((span) => span === handler)).toBeGreaterThan(2);
  });
});

describe('a controller', () => {
  it('of the request scope has spans too, each from its own instance', async () => {
    @Controller({ path: 'scoped', scope: Scope.REQUEST })
    class ScopedController {
      private readonly instance = Math.random();

      @Get()
      read(): number {
        return this.instance;
      }
    }
    await start([ScopedController]);
    const instances = [await (await get('/scoped')).text(), await (await get('/scoped')).text()];
    expect(new Set(instances).size).toBe(2);
    expect(spans.named('ScopedController.read')).toHaveLength(2);
  });

  it('that inherits a handler has its spans under its own name, once', async () => {
    abstract class Readable {
      protected abstract readonly label: string;

      @Get()
      read(): string {
        return this.label;
      }

      @Get('again')
      again(): string {
        return `${this.label} again`;
      }
    }
    @Controller('cats')
    class CatsController extends Readable {
      protected readonly label = 'cat';

      @Get('again')
      override again(): string {
        return `${super.again()}!`;
      }
    }
    @Controller('dogs')
    class DogsController extends Readable {
      protected readonly label = 'dog';
    }
    await start([CatsController, DogsController]);
    expect(await (await get('/cats')).text()).toBe('cat');
    expect(await (await get('/cats/again')).text()).toBe('cat again!');
    expect(await (await get('/dogs')).text()).toBe('dog');
    expect(
      spans
        .all()
        .map(({ name }) => name)
        .filter((name) => name !== 'server'),
    ).toEqual(['CatsController.read', 'CatsController.again', 'DogsController.read']);
  });

  it('whose handler is traced by hand keeps only that span', async () => {
    @Controller()
    class NamedController {
      @Traced({ name: 'receive-order', kind: SpanKind.PRODUCER })
      @Post('above')
      above(): string {
        return 'above';
      }

      @Post('below')
      @Traced('below')
      below(): string {
        return 'below';
      }
    }
    await start([NamedController]);
    for (const path of ['above', 'below']) {
      expect(await (await fetch(`${url}/${path}`, { method: 'POST' })).text()).toBe(path);
    }
    await expect.poll(() => spans.named('server').length).toBe(2);
    expect(
      spans
        .all()
        .map(({ name }) => name)
        .filter((name) => name !== 'server'),
    ).toEqual(['receive-order', 'below']);
  });

  it('has no spans if they are not wanted', async () => {
    @Controller()
    class QuietController {
      @Get()
      read(): string {
        return 'quiet';
      }
    }
    await start([QuietController], { instrument: { handlers: false } });
    expect(await (await get('/')).text()).toBe('quiet');
    await spans.ended('server');
    expect(spans.all()).toHaveLength(1);
  });
});

describe('the span of a provider', () => {
  @Injectable()
  class StockService {
    readonly sold: string[] = [];
    readonly bound = (): string => 'bound';

    onModuleInit(): void {}

    reserve(item: string): string[] {
      this.remember(item);
      return this.sold;
    }

    remember(item: string): void {
      this.sold.push(item);
    }
  }

  @Controller()
  class StockController {
    constructor(@Inject('alias') private readonly stock: StockService) {}

    @Get()
    reserve(): string[] {
      return this.stock.reserve('tea');
    }

    notARoute(): void {}
  }

  const aliased: Provider[] = [StockService, { provide: 'alias', useExisting: StockService }];

  it('is made of the methods that the predicate allows, once even if the provider has two names', async () => {
    const providers = (type: Type, method: string) => type === StockService && method !== 'remember';
    await start([StockController], { providers: aliased, instrument: { providers } });
    expect(await (await get('/')).json()).toEqual(['tea']);
    await spans.ended('server');
    const [service, handler] = spans.all();
    expect(spans.all().map(({ name }) => name)).toEqual([
      'StockService.reserve',
      'StockController.reserve',
      'server',
    ]);
    expect(parentOf(service!)).toBe(handler!.spanContext().spanId);
    expect(service!.attributes).toEqual({ 'code.function.name': 'StockService.reserve' });
  });

  it('includes methods that call each other, but no lifecycle hooks and no fields', async () => {
    await start([StockController], {
      providers: aliased,
      instrument: { handlers: false, providers: (type) => type === StockService },
    });
    expect(spans.all()).toEqual([]);
    const stock = app!.get(StockService);
    expect(stock.bound()).toBe('bound');
    stock.reserve('tea');
    expect(spans.all().map(({ name }) => name)).toEqual(['StockService.remember', 'StockService.reserve']);
  });

  it('is not made of accessors or of methods that the constructor has bound', async () => {
    class Base {
      size(): number {
        return 1;
      }
    }
    class Shelf extends Base {
      constructor() {
        super();
        this.take = this.take.bind(this);
      }

      take(): string {
        return this.constructor.name;
      }

      count(): void {}
    }
    Object.defineProperty(Shelf.prototype, 'size', {
      get: () => {
        throw new Error('an accessor was read');
      },
    });
    await start([], { providers: [Shelf], instrument: { providers: (type) => type === Shelf } });
    const shelf = app!.get(Shelf);
    expect(shelf.take.call(undefined)).toBe('Shelf');
    shelf.count();
    expect(spans.all().map(({ name }) => name)).toEqual(['Shelf.count']);
  });

  it('is not made, and nothing breaks, if an instance cannot be changed or inspected', async () => {
    class Frozen {
      constructor() {
        Object.freeze(this);
      }

      read(): string {
        return 'frozen';
      }
    }
    const shy = new Proxy(new Frozen(), { defineProperty: () => false });
    const providers = [
      Frozen,
      { provide: 'shy', useValue: shy },
      { provide: 'plain', useValue: { read: () => 'plain' } },
      { provide: 'none', useValue: null },
      { provide: 'bare', useValue: Object.create(null) as object },
    ];
    await start([], { providers, instrument: { providers: (type) => type === Frozen } });
    expect(app!.get(Frozen).read()).toBe('frozen');
    expect(app!.get<Frozen>('shy')).toBe(shy);
    expect(spans.all()).toEqual([]);
  });

  it('is not made of a property that throws when it is read, which stays the same', () => {
    const hidden = new Proxy(
      {},
      {
        getPrototypeOf: () => {
          throw new Error('do not look');
        },
      },
    );
    expect(nestInstrument({ providers: () => true }).instanceDecorator(hidden)).toBe(hidden);
  });

  it('is not made if the predicate throws, and handlers keep their spans', async () => {
    const providers = () => {
      throw new Error('undecided');
    };
    await start([StockController], { providers: aliased, instrument: { providers } });
    expect(await (await get('/')).json()).toEqual(['tea']);
    await spans.ended('server');
    expect(spans.all().map(({ name }) => name)).toEqual(['StockController.reserve', 'server']);
  });
});
