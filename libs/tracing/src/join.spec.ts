import { context, ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
  type ReadableSpan,
} from '@opentelemetry/sdk-trace-base';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { fanOut } from './fan-out.ts';
import { inFanIn } from './in-fan-in.ts';
import { startJoin } from './join.ts';

const exporter = new InMemorySpanExporter();
const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(exporter)] });
const tracer = provider.getTracer('join.spec');

const linkedTo = (span: ReadableSpan) => span.links.map((link) => link.context.spanId);
const joins = () => exporter.getFinishedSpans().filter((span) => span.name.startsWith('join'));
const branches = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    name: `branch-${index}`,
    run: () => {
      if (index % 3 === 1) throw new Error(`branch ${index} failed`);
      return index;
    },
  }));

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());
beforeEach(() => exporter.reset());

describe('startJoin', () => {
  it('starts a root span that links to every branch, failed ones included, also inside a span', async () => {
    const request = tracer.startSpan('request', { root: true });
    const outcomes = await context.with(trace.setSpan(ROOT_CONTEXT, request), async () => {
      const settled = await fanOut(tracer, branches(5));
      startJoin(tracer, 'join', settled, { attributes: { shops: 5 } })?.end();
      return settled;
    });
    const [join] = joins();
    expect(join?.parentSpanContext).toBeUndefined();
    expect(join?.spanContext().traceId).not.toBe(request.spanContext().traceId);
    expect(join?.kind).toBe(SpanKind.INTERNAL);
    expect(linkedTo(join!)).toEqual(outcomes.map((outcome) => outcome.spanContext?.spanId));
    expect(join?.links.every((link) => link.attributes?.['spanlinks.relation'] === 'origin')).toBe(true);
    expect(join?.links.some((link) => link.context.isRemote)).toBe(false);
    expect(join?.attributes).toEqual({
      shops: 5,
      'join.failed': 2,
      'batch.size': 5,
      'spanlinks.links.kept': 5,
      'spanlinks.links.missing': 0,
    });
  });

  it('counts a branch that never started as missing and links to none in its place', async () => {
    const aborting = new AbortController();
    const plan = [{ name: 'first', run: () => aborting.abort() }, ...branches(2)];
    const outcomes = await fanOut(tracer, plan, { concurrency: 1, signal: aborting.signal });
    startJoin(tracer, 'join', outcomes)?.end();
    expect(linkedTo(joins()[0]!)).toEqual([outcomes[0]?.spanContext?.spanId]);
    expect(joins()[0]?.attributes).toMatchObject({
      'join.failed': 2,
      'spanlinks.links.missing_reason.missing': 2,
    });
  });

  it('splits above the link limit, so that every branch is linked from exactly one span', async () => {
    const outcomes = await fanOut(tracer, branches(300));
    startJoin(tracer, 'join', outcomes)?.end();
    expect(joins()).toHaveLength(3);
    expect(joins().every((span) => span.droppedLinksCount === 0)).toBe(true);
    expect(joins().flatMap(linkedTo).sort()).toEqual(outcomes.map((o) => o.spanContext!.spanId).sort());
  });

  it('may be back-dated to when the fan-out began', async () => {
    const beganAt = Date.now() - 1_000;
    const outcomes = await fanOut(tracer, branches(1));
    startJoin(tracer, 'join', outcomes, { startTime: beganAt })?.end();
    const [seconds, nanos] = joins()[0]!.startTime;
    expect(Math.round(seconds * 1e3 + nanos / 1e6)).toBe(beganAt);
  });

  it('makes no span without branches', async () => {
    expect(startJoin(tracer, 'join', await fanOut(tracer, []))).toBeUndefined();
  });
});

describe('inFanIn', () => {
  it('runs the work inside the span and ends it with the work', async () => {
    const join = startJoin(tracer, 'join', await fanOut(tracer, branches(1)));
    const result = await inFanIn(join, async (running) => {
      await Promise.resolve();
      expect(trace.getActiveSpan()).toBe(running?.span);
      expect(joins()).toHaveLength(0);
      return 'chosen';
    });
    expect(result).toBe('chosen');
    expect(joins()).toHaveLength(1);
    expect(joins()[0]?.status.code).toBe(SpanStatusCode.UNSET);
  });

  it('fails and ends every part with what the work throws, and throws it on', async () => {
    const outcomes = await fanOut(tracer, branches(3));
    const error = new Error('no quote was left');
    const running = inFanIn(startJoin(tracer, 'join', outcomes, { linkLimit: 2 }), () => {
      throw error;
    });
    await expect(running).rejects.toBe(error);
    expect(joins().map((span) => span.status.message)).toEqual([error.message, error.message]);
  });

  it('runs the work detached from the active span if there is nothing to gather', async () => {
    const request = tracer.startSpan('request', { root: true });
    const active = await context.with(trace.setSpan(ROOT_CONTEXT, request), () =>
      inFanIn(startJoin(tracer, 'join', []), () => trace.getActiveSpan()),
    );
    expect(active).toBeUndefined();
  });
});
