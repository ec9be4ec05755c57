import { context } from '@opentelemetry/api';
import { failureOf, type ExportFailure } from './export-failure.ts';
import { QUIET_CONTEXT } from './quiet-context.ts';
import type { EndedSpan, EndedSpanExporter } from './span-pipeline.ts';

/** The outcome of a batch. */
export type HandOver =
  | { readonly taken: true; readonly rejected: number }
  | { readonly taken: false; readonly failure: ExportFailure };

/** Gives a batch to an exporter and waits at most `timeoutMs` for its answer. Never rejects. */
export async function handOver(
  spans: EndedSpan[],
  exporter: EndedSpanExporter,
  timeoutMs: number,
): Promise<HandOver> {
  // Detectors such as the host's query the system. The resource is the same for every span of a provider.
  const resource = spans[0]?.resource;
  if (resource?.asyncAttributesPending === true) await resource.waitForAsyncAttributes?.().catch(() => {});
  return new Promise((resolve) => {
    const timer = setTimeout(() => {
      // Not retried, because the exporter may still be working.
      const reason = `no answer within ${timeoutMs} ms`;
      resolve({ taken: false, failure: { reason, cause: 'timeout', retryable: false, isUnanswered: true } });
    }, timeoutMs).unref();
    const settle = (outcome: HandOver): void => {
      clearTimeout(timer);
      resolve(outcome);
    };
    try {
      context.with(QUIET_CONTEXT, () => {
        exporter.export(spans, ({ code, error, rejected = 0 }) => {
          settle(code === 0 ? { taken: true, rejected } : { taken: false, failure: failureOf(error) });
        });
      });
    } catch (error) {
      settle({ taken: false, failure: failureOf(error) });
    }
  });
}
