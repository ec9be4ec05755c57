import {
  context,
  createContextKey,
  ROOT_CONTEXT,
  SpanStatusCode,
  trace,
  TraceFlags,
  type Span,
} from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  InMemorySpanExporter,
  SamplingDecision,
  SimpleSpanProcessor,
  type Sampler,
} from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { captureTraceContext } from './carrier.ts';
import { fanOut, type Branch } from './fan-out.ts';

const exporter = new InMemorySpanExporter();
const spanProcessors = [new SimpleSpanProcessor(exporter)];
const tracer = new BasicTracerProvider({ spanProcessors }).getTracer('fan-out.spec');

const finished = () => exporter.getFinishedSpans();
const spanNamed = (name: string) => finished().find((span) => span.name === name)!;
const linksOf = (name: string) =>
  spanNamed(name).links.map(({ context: { spanId }, attributes }) => [
    spanId,
    attributes?.['spanlinks.relation'],
  ]);
/** Work that waits until the test releases it. */
function gate() {
  let open!: () => void;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}
async function inRequest<T>(work: (request: Span) => Promise<T>): Promise<T> {
  const request = tracer.startSpan('request', { root: true });
  try {
    return await context.with(trace.setSpan(ROOT_CONTEXT, request), () => work(request));
  } finally {
    request.end();
  }
}

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => exporter.reset());

describe('fanOut', () => {
  it('starts every branch in a trace of its own, with a link to the span that is active', async () => {
    await inRequest(async (request) => {
      await fanOut(tracer, [
        { name: 'price', attributes: { shop: 'north' }, run: () => 1 },
        { name: 'stock', run: async () => 2 },
      ]);
      const traceIds = new Set([request, ...finished()].map((span) => span.spanContext().traceId));
      expect(traceIds.size).toBe(3);
      for (const name of ['price', 'stock']) {
        expect(spanNamed(name).parentSpanContext).toBeUndefined();
        expect(linksOf(name)).toEqual([[request.spanContext().spanId, 'initiator']]);
        expect(spanNamed(name).links[0]?.context.isRemote).not.toBe(true);
      }
      expect(spanNamed('price').attributes).toEqual({ shop: 'north' });
    });
  });

  it('shows the link to the sampler, which sees only what is there at the start', async () => {
    const seen: (string | undefined)[] = [];
    const sampler: Sampler = {
      shouldSample: (_context, _traceId, _name, _kind, _attributes, links) => {
        seen.push(links[0]?.context.spanId);
        return { decision: SamplingDecision.RECORD_AND_SAMPLED };
      },
    };
    const sampled = new BasicTracerProvider({ sampler }).getTracer('sampled');
    await inRequest(async (request) => {
      await fanOut(sampled, [{ name: 'price', run: () => 1 }]);
      expect(seen).toEqual([request.spanContext().spanId]);
    });
  });

  it('inherits only the link from the active context', async () => {
    const key = createContextKey('of the request');
    const seen: unknown[] = [];
    await context.with(ROOT_CONTEXT.setValue(key, 'there'), () =>
      fanOut(tracer, [{ name: 'price', run: () => seen.push(context.active().getValue(key)) }]),
    );
    expect(seen).toEqual([undefined]);
  });

  it('runs the work of each branch with its own span active', async () => {
    await inRequest(async () => {
      const run = async (span: Span) => {
        await Promise.resolve();
        expect(trace.getActiveSpan()).toBe(span);
        tracer.startSpan('child').end();
      };
      const [outcome] = await fanOut(tracer, [{ name: 'price', run }]);
      expect(outcome.status).toBe('fulfilled');
      expect(spanNamed('child').parentSpanContext?.spanId).toBe(spanNamed('price').spanContext().spanId);
    });
  });

  it('settles a tuple of branches in their order, each with its own type and its span context', async () => {
    const outcomes = await fanOut(tracer, [
      { name: 'number', run: async () => 7 },
      { name: 'text', run: () => 'seven' },
      {
        name: 'failing',
        run: (): boolean => {
          throw new RangeError('too far');
        },
      },
    ]);
    const [number, text, failing] = outcomes;
    expectTypeOf<Extract<typeof number, { status: 'fulfilled' }>['value']>().toEqualTypeOf<number>();
    expectTypeOf<Extract<typeof text, { status: 'fulfilled' }>['value']>().toEqualTypeOf<string>();
    expectTypeOf<Extract<typeof failing, { status: 'fulfilled' }>['value']>().toEqualTypeOf<boolean>();
    expect(number).toMatchObject({ status: 'fulfilled', value: 7 });
    expect(text).toMatchObject({ status: 'fulfilled', value: 'seven' });
    expect(failing).toMatchObject({ status: 'rejected', reason: new RangeError('too far') });
    expect(outcomes.map((outcome) => outcome.spanContext?.spanId)).toEqual(
      ['number', 'text', 'failing'].map((name) => spanNamed(name).spanContext().spanId),
    );
  });

  it('records an error on the span of its branch alone', async () => {
    await fanOut(tracer, [
      { name: 'rejecting', run: () => Promise.reject(new TypeError('no such shop')) },
      { name: 'fine', run: () => 1 },
    ]);
    expect(spanNamed('rejecting').status).toEqual({ code: SpanStatusCode.ERROR, message: 'no such shop' });
    expect(spanNamed('rejecting').events[0]?.attributes?.['exception.type']).toBe('TypeError');
    expect(spanNamed('fine').status.code).toBe(SpanStatusCode.UNSET);
  });

  it('keeps order, loses nothing and never runs more than the bound, in any order of completion', async () => {
    const branchesOf = fc.array(fc.record({ turns: fc.nat({ max: 6 }), fails: fc.boolean() }), {
      maxLength: 30,
    });
    await fc.assert(
      fc.asyncProperty(branchesOf, fc.integer({ min: 1, max: 12 }), async (plan, concurrency) => {
        exporter.reset();
        let running = 0;
        let most = 0;
        const branches: Branch<number>[] = plan.map(({ turns, fails }, index) => ({
          name: `branch-${index}`,
          run: async () => {
            most = Math.max(most, ++running);
            for (let turn = 0; turn <= turns; turn++) await Promise.resolve();
            running--;
            if (fails) throw new Error(`branch ${index}`);
            return index;
          },
        }));
        const outcomes = await fanOut(tracer, branches, { concurrency });
        expect(most).toBe(Math.min(concurrency, plan.length));
        expect(outcomes).toMatchObject(
          plan.map(({ fails }, index) =>
            fails
              ? { status: 'rejected', reason: { message: `branch ${index}` } }
              : { status: 'fulfilled', value: index },
          ),
        );
        expect(finished()).toHaveLength(plan.length);
      }),
    );
  });

  it.each([0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'refuses a concurrency of %d before any branch starts',
    async (concurrency) => {
      let ran = false;
      const branches = [{ name: 'price', run: () => (ran = true) }];
      await expect(fanOut(tracer, branches, { concurrency })).rejects.toThrow(
        `concurrency is ${concurrency}; allowed is a whole number of at least 1`,
      );
      expect(ran).toBe(false);
      expect(finished()).toHaveLength(0);
    },
  );
});

describe('the initiator of a fan-out', () => {
  it('is the span that was active at the call, also for a branch that starts later', async () => {
    const held = gate();
    const [request, running] = await inRequest(async (span) => {
      const branches = [
        { name: 'first', run: () => held.opened },
        { name: 'later', run: () => undefined },
      ];
      return [span, fanOut(tracer, branches, { concurrency: 1 })] as const;
    }).then(async ([span, outcomes]) => {
      await inRequest(async () => held.open());
      return [span, outcomes] as const;
    });
    await running;
    expect(linksOf('later')).toEqual([[request.spanContext().spanId, 'initiator']]);
  });

  it('may be a stored carrier; the span that is active in the worker then gets no link', async () => {
    const stored = await inRequest(async () => captureTraceContext());
    exporter.reset();
    await inRequest(() => fanOut(tracer, [{ name: 'price', run: () => 1 }], { initiator: stored }));
    expect(linksOf('price')).toEqual([[stored?.traceparent.split('-')[2], 'initiator']]);
    expect(spanNamed('price').attributes).toEqual({});
  });

  it.each([
    [undefined, 'missing'],
    [null, 'missing'],
    ['garbage', 'malformed'],
    ['00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01', 'malformed'],
    ['ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'malformed'],
    [{ traceparent: `00-${'0'.repeat(32)}-b7ad6b7169203331-01` }, 'invalid'],
  ])('costs the branches their link when the carrier is %j, never their work', async (initiator, reason) => {
    const outcomes = await inRequest(() => fanOut(tracer, [{ name: 'price', run: () => 1 }], { initiator }));
    expect(outcomes[0]).toMatchObject({ status: 'fulfilled', value: 1 });
    expect(spanNamed('price').links).toEqual([]);
    expect(spanNamed('price').parentSpanContext).toBeUndefined();
    expect(spanNamed('price').attributes).toEqual({ 'spanlinks.missing_reason': reason });
  });

  it('is linked to with its flags when it is not sampled', async () => {
    const off = new BasicTracerProvider({ sampler: new AlwaysOffSampler() }).getTracer('off');
    const unsampled = trace.setSpan(ROOT_CONTEXT, off.startSpan('request'));
    await context.with(unsampled, () => fanOut(tracer, [{ name: 'price', run: () => 1 }]));
    const [link] = spanNamed('price').links;
    expect(link?.context.spanId).toBe(trace.getSpanContext(unsampled)?.spanId);
    expect(link?.context.traceFlags).toBe(TraceFlags.NONE);
  });

  it('is missing, with the reason on the span, if no span is active', async () => {
    await fanOut(tracer, [{ name: 'price', run: () => 1 }]);
    expect(spanNamed('price').attributes).toEqual({ 'spanlinks.missing_reason': 'missing' });
  });
});

describe('an aborted fan-out', () => {
  it('starts no further branch, waits for the running ones, and gives the others the reason and no span', async () => {
    const aborting = new AbortController();
    const held = gate();
    const started: number[] = [];
    const branches = [0, 1, 2, 3].map((index) => ({
      name: `branch-${index}`,
      run: async () => {
        started.push(index);
        await held.opened;
        return index;
      },
    }));
    const running = fanOut(tracer, branches, { concurrency: 2, signal: aborting.signal });
    const reason = new Error('the customer has left');
    aborting.abort(reason);
    held.open();
    const outcomes = await running;
    expect(started).toEqual([0, 1]);
    expect(outcomes.slice(0, 2)).toMatchObject([
      { status: 'fulfilled', value: 0 },
      { status: 'fulfilled', value: 1 },
    ]);
    expect(outcomes.slice(2)).toEqual([
      { status: 'rejected', reason },
      { status: 'rejected', reason },
    ]);
    expect(finished().map((span) => span.name)).toEqual(['branch-0', 'branch-1']);
  });

  it('starts nothing when the signal came first', async () => {
    const outcomes = await fanOut(tracer, [{ name: 'price', run: () => 1 }], { signal: AbortSignal.abort() });
    expect(outcomes[0]).toMatchObject({ status: 'rejected', reason: { name: 'AbortError' } });
    expect(finished()).toHaveLength(0);
  });
});

describe('without an SDK', () => {
  it('a fan-out works and its outcomes name no span', async () => {
    const outcomes = await fanOut(trace.getTracer('none'), [{ name: 'price', run: () => 1 }]);
    expect(outcomes).toEqual([{ status: 'fulfilled', value: 1 }]);
  });
});
