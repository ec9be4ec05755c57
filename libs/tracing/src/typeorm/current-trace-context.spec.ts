import { context, createTraceState, propagation, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { currentTraceContext, isInitialTraceContext } from './current-trace-context.ts';

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

const remote = trace.setSpanContext(ROOT_CONTEXT, {
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceFlags: TraceFlags.NONE,
  traceState: createTraceState('vendor=1'),
});

describe('currentTraceContext', () => {
  it('is the active span with its tracestate, sampled or not, and never its baggage', () => {
    const withBaggage = propagation.setBaggage(
      remote,
      propagation.createBaggage({ customer: { value: 'ada' } }),
    );
    expect(context.with(withBaggage, currentTraceContext)).toEqual({
      traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`,
      tracestate: 'vendor=1',
    });
  });

  it('is null outside any span', () => {
    expect(currentTraceContext()).toBeNull();
  });

  it('can be distinguished from an equal value that was read from a row', () => {
    const initial = context.with(remote, currentTraceContext);
    expect(isInitialTraceContext(initial)).toBe(true);
    expect(isInitialTraceContext({ ...initial })).toBe(false);
    expect(isInitialTraceContext(null)).toBe(false);
    expect(isInitialTraceContext(undefined)).toBe(false);
    expect(isInitialTraceContext('text')).toBe(false);
  });
});
