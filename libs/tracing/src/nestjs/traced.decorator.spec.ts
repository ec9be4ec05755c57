import { BadRequestException, HttpException, SetMetadata } from '@nestjs/common';
import { context, SpanKind, SpanStatusCode, trace, type Tracer } from '@opentelemetry/api';
import fc from 'fast-check';
import { BehaviorSubject, defer, firstValueFrom, lastValueFrom, map, NEVER, Observable, of } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordSpans, type RecordedSpans } from '../../test/nestjs/recorded-spans.ts';
import { CallSpan } from './call-span.ts';
import { tracedCall, type CallShape, type Method } from './traced-call.ts';
import { Traced } from './traced.decorator.ts';

let spans: RecordedSpans;
beforeAll(() => (spans = recordSpans()));
afterAll(() => spans.unregister());
beforeEach(() => spans.reset());

const names = () => spans.all().map(({ name }) => name);
const activeSpanId = () => trace.getActiveSpan()?.spanContext().spanId;
const idOf = (name: string) => spans.named(name)[0]?.spanContext().spanId;

/** Calls a traced method with this body. */
function traced<T>(work: () => T): T {
  class Subject {
    @Traced('call')
    call(): T {
      return work();
    }
  }
  return new Subject().call();
}

describe('a traced method', () => {
  it('has a span named after class and method, active during its work', () => {
    class Stock {
      @Traced()
      reserve(count: number): [number, string | undefined] {
        return [count, activeSpanId()];
      }
    }
    expect(new Stock().reserve(3)).toEqual([3, idOf('Stock.reserve')]);
    const [span] = spans.all();
    expect(span?.attributes).toEqual({ 'code.function.name': 'Stock.reserve' });
    expect(span?.kind).toBe(SpanKind.INTERNAL);
  });

  it('has the given name, kind and attributes', () => {
    class Stock {
      @Traced({ name: 'reserve-stock', kind: SpanKind.CLIENT, attributes: { warehouse: 'north' } })
      reserve(): void {}
    }
    new Stock().reserve();
    const [span] = spans.all();
    expect([span?.name, span?.kind]).toEqual(['reserve-stock', SpanKind.CLIENT]);
    expect(span?.attributes).toEqual({ warehouse: 'north', 'code.function.name': 'Stock.reserve' });
  });

  it('keeps its name, length, private fields, static methods and subclasses', () => {
    class Stock {
      #left = 3;

      @Traced()
      static open(): Stock {
        return new this();
      }

      @Traced()
      take(count: number, _reason: string): number {
        return (this.#left -= count);
      }
    }
    class Cellar extends Stock {
      @Traced()
      override take(count: number, reason: string): number {
        return super.take(count * 2, reason);
      }
    }
    expect([Stock.prototype.take.name, Stock.prototype.take.length]).toEqual(['take', 2]);
    expect(Cellar.open().take(1, 'sold')).toBe(1);
    expect(names()).toEqual(['Stock.open', 'Stock.take', 'Cellar.take']);
  });

  it('keeps the metadata of the decorators above and below', () => {
    class Stock {
      @SetMetadata('above', 1)
      @Traced()
      @SetMetadata('below', 2)
      reserve(): void {}
    }
    const reserve = Object.getOwnPropertyDescriptor(Stock.prototype, 'reserve')!.value as Method;
    expect([Reflect.getMetadata('above', reserve), Reflect.getMetadata('below', reserve)]).toEqual([1, 2]);
  });
});

describe('a traced class', () => {
  @Traced()
  class Stock {
    constructor() {
      this.reserve();
    }

    get left(): number {
      return 0;
    }

    onModuleInit(): void {}

    reserve(): string {
      return 'reserved';
    }

    @Traced('count-stock')
    count(): string {
      return this.reserve();
    }
  }

  it('has a span for each method that it declares: no accessor, constructor or lifecycle hook', () => {
    const stock = new Stock();
    stock.onModuleInit();
    expect([stock.left, stock.constructor]).toEqual([0, Stock]);
    expect(names()).toEqual(['Stock.reserve']);
  });

  it('makes only one span for a method that is also traced itself', () => {
    new Stock().count();
    expect(names()).toEqual(['Stock.reserve', 'Stock.reserve', 'count-stock']);
  });

  it('may be given another name, and leaves the inherited methods to their class', () => {
    @Traced('cellar')
    class Cellar extends Stock {
      close(): void {}
    }
    new Cellar().close();
    expect(names()).toEqual(['Stock.reserve', 'cellar.close']);
    expect(spans.all()[1]?.attributes['code.function.name']).toBe('Cellar.close');
  });
});

describe('the end of a traced call', () => {
  it('comes with its promise, whose value or error is passed on', async () => {
    let resolve = (_value: string): void => {};
    const result = traced(() => new Promise<string>((done) => (resolve = done)));
    expect(names()).toEqual([]);
    resolve('done');
    expect(await result).toBe('done');
    expect(names()).toEqual(['call']);
    const error = new Error('out of stock');
    spans.reset();
    await expect(traced(() => Promise.reject(error))).rejects.toBe(error);
    expect(spans.all()[0]?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'out of stock' });
  });

  it('fails the span of a call that throws, for any thrown value', () => {
    fc.assert(
      fc.property(fc.anything(), (thrown) => {
        spans.reset();
        let caught: unknown = Symbol('nothing');
        try {
          traced(() => {
            throw thrown;
          });
        } catch (error) {
          caught = error;
        }
        expect(Object.is(caught, thrown)).toBe(true);
        expect(spans.all()[0]?.status.code).toBe(SpanStatusCode.ERROR);
      }),
    );
  });

  it.each([
    [new BadRequestException(), SpanStatusCode.UNSET, 400],
    [new HttpException('moved', 302), SpanStatusCode.UNSET, 302],
    [new HttpException('full', 507), SpanStatusCode.ERROR, undefined],
  ])('with %s sets the status %i', (error, code, status) => {
    expect(() =>
      traced(() => {
        throw error;
      }),
    ).toThrow(error);
    expect(spans.all()[0]?.status.code).toBe(code);
    expect(spans.all()[0]?.attributes['http.response.status_code']).toBe(status);
  });

  it('passes any value on as it is', () => {
    fc.assert(
      fc.property(fc.anything(), (value) => {
        spans.reset();
        expect(
          Object.is(
            traced(() => value),
            value,
          ),
        ).toBe(true);
        expect(names()).toEqual(['call']);
      }),
    );
  });

  it('comes at once for a thenable that is not a promise, which is not run', () => {
    class Query {
      runs = 0;

      where(): this {
        return this;
      }

      then(): void {
        this.runs++;
      }
    }
    const query = Object.create(new Query()) as Query;
    expect(traced(() => query)).toBe(query);
    expect(query.runs).toBe(0);
    expect(names()).toEqual(['call']);
  });

  it('comes at once for a promise that has more than its value, as that of a child process does', () => {
    const process = Object.assign(Promise.resolve(0), { pid: 7 });
    expect(traced(() => process)).toBe(process);
    expect(names()).toEqual(['call']);
  });
});

describe('a traced call that returns an Observable', () => {
  it('ends when the Observable completes, which runs inside the span, but not the work on its values', async () => {
    const inside = traced(() => defer(async () => activeSpanId()));
    const seen = await lastValueFrom(inside.pipe(map((id) => [id, activeSpanId()])));
    expect(names()).toEqual(['call']);
    expect(seen).toEqual([idOf('call'), undefined]);
  });

  it('ends with its error, and when nobody listens any longer', async () => {
    const error = new Error('out of stock');
    await expect(
      lastValueFrom(
        traced(() =>
          defer(() => {
            throw error;
          }),
        ),
      ),
    ).rejects.toBe(error);
    expect(spans.all()[0]?.status.code).toBe(SpanStatusCode.ERROR);
    spans.reset();
    const subscription = traced(() => NEVER.pipe()).subscribe();
    expect(names()).toEqual([]);
    subscription.unsubscribe();
    expect(names()).toEqual(['call']);
  });

  it('has one span for any number of subscriptions, and none without one', async () => {
    const inside = traced(() => defer(async () => activeSpanId()));
    expect(names()).toEqual([]);
    const seen = [await firstValueFrom(inside), await firstValueFrom(inside)];
    expect(names()).toEqual(['call']);
    expect(seen).toEqual([idOf('call'), undefined]);
  });

  it('ends before the subscriber hears of it', () => {
    const heard: string[][] = [];
    traced(() => of(1).pipe()).subscribe({ complete: () => heard.push(names()) });
    expect(heard).toEqual([['call']]);
  });

  it('returns a Subject, or an Observable with its own methods, unchanged', () => {
    class Feed extends Observable<number> {}
    for (const source of [new BehaviorSubject(1), new Feed()]) {
      spans.reset();
      expect(traced(() => source)).toBe(source);
      expect(names()).toEqual(['call']);
    }
  });

  it('of a promise ends with the Observable', async () => {
    const values = await traced(async () => of(1).pipe());
    expect(names()).toEqual([]);
    expect(await firstValueFrom(values)).toBe(1);
    expect(names()).toEqual(['call']);
  });
});

describe('a traced generator', () => {
  function* counting(to: number): Generator<number, string, string | undefined> {
    for (let count = 1; count <= to; count++) {
      if (count === 13) throw new Error('unlucky');
      spans.tracer.startSpan('step').end();
      yield count;
    }
    return 'counted';
  }
  async function* countingSlowly(to: number): AsyncGenerator<number> {
    for (const count of counting(to)) {
      await new Promise((resolve) => setTimeout(resolve, 1));
      spans.tracer.startSpan('slow step').end();
      yield count;
    }
  }

  it('ends with its last value, and runs each step inside its span', () => {
    const counted = traced(() => counting(2));
    expect(counted[Symbol.iterator]()).toBe(counted);
    expect([...counted]).toEqual([1, 2]);
    expect(names()).toEqual(['step', 'step', 'call']);
    expect(spans.named('step').map((step) => step.parentSpanContext?.spanId)).toEqual([
      idOf('call'),
      idOf('call'),
    ]);
  });

  it('works the same if it is async, even if the generator was traced before', async () => {
    const counts: number[] = [];
    for await (const count of traced(() => traced(() => countingSlowly(2)))) {
      counts.push(count);
      spans.tracer.startSpan('outside').end();
    }
    expect(counts).toEqual([1, 2]);
    expect(names().filter((name) => name === 'call')).toHaveLength(2);
    expect(names().slice(-2)).toEqual(['call', 'call']);
    const inner = spans.named('call').find((span) => span.parentSpanContext)!;
    expect(spans.named('slow step').map((step) => step.parentSpanContext?.spanId)).toEqual(
      Array(2).fill(inner.spanContext().spanId),
    );
    expect(spans.named('outside').every((span) => !span.parentSpanContext)).toBe(true);
  });

  it.each([
    ['sync', () => traced(() => counting(20))],
    ['async', () => traced(() => countingSlowly(20))],
  ])('fails its span with the error of a step (%s)', async (_kind, count) => {
    const running = count();
    await expect(
      (async () => {
        for await (const _count of running);
      })(),
    ).rejects.toThrow('unlucky');
    expect(spans.named('call')[0]?.status).toEqual({ code: SpanStatusCode.ERROR, message: 'unlucky' });
  });

  it('ends when its loop is left, and receives sent values', async () => {
    for (const _count of traced(() => counting(9))) break;
    for await (const _count of traced(() => countingSlowly(9))) break;
    expect(names().filter((name) => name === 'call')).toHaveLength(2);
    function* echo(): Generator<string, void, string> {
      yield yield 'ready';
    }
    const echoing = traced(echo);
    expect([echoing.next('ignored').value, echoing.next('hello').value]).toEqual(['ready', 'hello']);
    expect(() => echoing.throw(new Error('enough'))).toThrow('enough');
    expect(spans.named('call')).toHaveLength(3);
  });
});

describe('the span of a call', () => {
  it('ends once, for any end of its result', () => {
    const span = spans.tracer.startSpan('call');
    const end = vi.spyOn(span, 'end');
    const setStatus = vi.spyOn(span, 'setStatus');
    const call = new CallSpan(span, () => true);
    call.end();
    call.fail(new Error('after the end'));
    expect([end, setStatus].map(({ mock }) => mock.calls.length)).toEqual([1, 0]);
  });
});

describe('a call under broken tracing', () => {
  const shape: CallShape = { name: 'call', options: {}, isFailure: () => true, forNest: false };
  const broken = () => {
    throw new Error('broken SDK');
  };

  it('runs untraced if no span can be started', () => {
    const prototype = Object.getPrototypeOf(spans.tracer) as Tracer;
    const startSpan = vi.spyOn(prototype, 'startSpan').mockImplementation(broken);
    try {
      expect(tracedCall(shape, (value) => value, undefined, [7])).toBe(7);
    } finally {
      startSpan.mockRestore();
    }
  });

  it('passes its result or its error on even if the span cannot be ended or marked, or the rule for failures throws', () => {
    const span = spans.tracer.startSpan('call');
    const methods = ['end', 'recordException', 'setStatus', 'setAttribute'] as const;
    for (const method of methods) vi.spyOn(span, method).mockImplementation(broken);
    expect(() => new CallSpan(span, () => true).end()).not.toThrow();
    expect(() => new CallSpan(span, () => true).fail(new Error('work'))).not.toThrow();
    const failing = new Error('work');
    const work = () => {
      throw failing;
    };
    expect(() => tracedCall({ ...shape, isFailure: broken }, work, undefined, [])).toThrow(failing);
    expect(names()).toEqual(['call']);
  });

  it('passes on a result that throws when it is inspected', () => {
    const shy = new Proxy({}, { getPrototypeOf: broken, get: broken });
    expect(traced(() => shy)).toBe(shy);
    expect(names()).toEqual(['call']);
  });
});

describe('a traced method whose span is not sampled', () => {
  it('shows its work the unsampled parent', () => {
    const parent = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 0 };
    const seen = context.with(trace.setSpanContext(context.active(), parent), () =>
      traced(() => trace.getActiveSpan()?.spanContext()),
    );
    expect(seen).toMatchObject({ traceId: parent.traceId, traceFlags: 0 });
    expect(seen?.spanId).not.toBe(parent.spanId);
    expect(names()).toEqual([]);
  });
});
