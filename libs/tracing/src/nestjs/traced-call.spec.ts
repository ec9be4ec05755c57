import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Traced } from './traced.decorator.ts';

// No tracer provider in this file, because a tracer keeps the first one that it has seen.
beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

class Stock {
  readonly #values = of(1).pipe();

  @Traced()
  context(): unknown {
    return context.active();
  }

  @Traced()
  stream(): unknown {
    return this.#values;
  }

  @Traced()
  fail(error: Error): void {
    throw error;
  }

  @Traced()
  async failLater(error: Error): Promise<void> {
    throw error;
  }

  values(): unknown {
    return this.#values;
  }
}

describe('a traced call without an SDK', () => {
  const stock = new Stock();

  it('is the plain call: nothing is active in it, and its result is not replaced', () => {
    expect(stock.context()).toBe(context.active());
    expect(stock.stream()).toBe(stock.values());
  });

  it('passes errors on', async () => {
    const error = new Error('out of stock');
    expect(() => stock.fail(error)).toThrow(error);
    await expect(stock.failLater(error)).rejects.toBe(error);
  });

  it('keeps a foreign span active, e.g. one that came over the wire', () => {
    const parent = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1 };
    const seen = context.with(trace.setSpanContext(context.active(), parent), () =>
      trace.getSpanContext(stock.context() as ReturnType<typeof context.active>),
    );
    expect(seen).toEqual(parent);
  });
});
