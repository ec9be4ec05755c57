import { trace, type Link } from '@opentelemetry/api';
import { fanOut, linkFromCarrier, parseCarrier, type CarrierVerdict } from '@span-links/tracing';
import { LinkSampler } from '@span-links/tracing/sampler';
import { startTracing } from '@span-links/tracing/sdk';

export const verdict: CarrierVerdict = parseCarrier('{}').verdict;
export const link: Link | undefined = linkFromCarrier('{}', 'origin');
export const sampler = new LinkSampler({
  fallback: { shouldSample: () => ({ decision: 0 }), toString: () => 'never' },
});
export const stop: (deadlineMs?: number) => Promise<boolean> = startTracing({ serviceName: 'x' }).stop;
export async function branches(): Promise<number> {
  const [first, second] = await fanOut(trace.getTracer('x'), [
    { name: 'one', run: () => 1 },
    { name: 'two', run: async () => 'two' },
  ]);
  return first.status === 'fulfilled' && second.status === 'fulfilled'
    ? first.value + second.value.length
    : 0;
}

import { nestInstrument } from '@span-links/tracing/nestjs';
import { recordSpans } from '@span-links/tracing/testing';
import { currentTraceContext, TraceContextColumn } from '@span-links/tracing/typeorm';
import { Entity, PrimaryColumn } from 'typeorm';

@Entity()
export class Order {
  @PrimaryColumn('uuid')
  id!: string;

  @TraceContextColumn()
  traceContext = currentTraceContext();
}
export const instrument: { instanceDecorator: (instance: unknown) => unknown } = nestInstrument();
export const record: typeof recordSpans = recordSpans;
