import { setTimeout as sleep } from 'node:timers/promises';
import { captureTraceContext, inSpan } from '@span-links/tracing';
import {
  SamplingDecision,
  type Sampler,
  type SpanExporter,
  type SpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { flushServices, tracerOf, useTracing } from '../../child/services.ts';
import type { Scenario } from '../../exercise.ts';
import type { OrderRow } from '../../shop/orders-table.ts';
import { outcomeOf, type CallOutcome } from '../outcome.ts';
import { FailingBackend } from './backend.ts';
import { plantIncident } from './incident.ts';

interface Code {
  readonly tracing: (exporter: SpanExporter) => { processor: SpanProcessor; sampler: Sampler };
  readonly processBatch: (rows: readonly OrderRow[]) => void;
  readonly answers: unknown;
}

export interface Facts {
  readonly outcome: CallOutcome;
  readonly sources: readonly { readonly traceId: string; readonly spanId: string }[];
  /** Whether the sampler kept `process-batch`; absent if it was never asked. */
  readonly isSampled?: boolean;
  /** Whether the processor handed `process-batch` to the exporter. */
  readonly isHandedOver: boolean;
  readonly answers: unknown;
}

const ORDERS = 300;
const FLUSH_LIMIT_MS = 1_500;

/** 300 sampled requests, one batch in a burst of 3,000 spans, and a backend that is down while it runs. */
export const scenario: Scenario<Code> = {
  needs: ['tracing', 'processBatch', 'answers'],
  async play({ tracing, processBatch, answers }, { file, instanceId }): Promise<Facts> {
    plantIncident(instanceId);
    const { rows, sources } = receiveOrders();
    await flushServices();
    const backends: FailingBackend[] = [];
    let isSampled: boolean | undefined;
    useTracing((exporter) => {
      const backend = new FailingBackend(exporter);
      backends.push(backend);
      const { processor, sampler } = tracing(backend);
      return { processor, sampler: watched(sampler, (kept) => (isSampled = kept)) };
    });
    const outcome = await outcomeOf(file, async () => processBatch(rows));
    // A timely flush fails as well: the backend is still down.
    await Promise.race([flushServices().catch(() => undefined), sleep(FLUSH_LIMIT_MS)]);
    for (const backend of backends) backend.isDown = false;
    const isHandedOver = backends.some(({ handedOver }) => handedOver.has('process-batch'));
    return { outcome, sources, ...(isSampled !== undefined && { isSampled }), isHandedOver, answers };
  },
};

function receiveOrders() {
  const rows: OrderRow[] = [];
  const sources: { traceId: string; spanId: string }[] = [];
  for (let number = 1; number <= ORDERS; number++) {
    const id = `order-${number}`;
    inSpan(
      tracerOf('orders-api'),
      'receive-order',
      { root: true, attributes: { 'order.id': id } },
      (span) => {
        const { traceId, spanId } = span.spanContext();
        sources.push({ traceId, spanId });
        rows.push({ id, totalCents: number, traceContext: captureTraceContext() });
      },
    );
  }
  return { rows, sources };
}

/** The reader's sampler, with a look at what it says about the batch. */
function watched(sampler: Sampler, tell: (isKept: boolean) => void): Sampler {
  return {
    shouldSample: (context, traceId, name, ...rest) => {
      const result = sampler.shouldSample(context, traceId, name, ...rest);
      if (name === 'process-batch') tell(result.decision === SamplingDecision.RECORD_AND_SAMPLED);
      return result;
    },
    toString: () => sampler.toString(),
  };
}
