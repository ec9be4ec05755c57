import { ROOT_CONTEXT, trace, type Span, type Tracer } from '@opentelemetry/api';
import {
  isBranch,
  LeaseLostError,
  type ClaimedOperation,
  type EndedBranch,
  type OperationQueue,
} from '@span-links/orders-data';
import {
  captureTraceContext,
  inFanIn,
  inSpan,
  parseCarrier,
  startJoin,
  type BranchOutcome,
} from '@span-links/tracing';
import type { FanOutSettings } from './fan-out-settings.ts';
import { marksOf, operationMarks } from './operation-links.ts';
import type { OperationWork } from './operation-work.ts';
import { AttemptsExhaustedError, isPermanent } from './permanent-failure.ts';
import { retryPauseMs } from './retry-pause.ts';

/** Makes one attempt at an operation, in a span of its own trace. */
export class OperationProcessor {
  private readonly tracer: Tracer = trace.getTracer('@span-links/orders-api');

  constructor(
    private readonly queue: OperationQueue,
    private readonly work: OperationWork,
    private readonly settings: Pick<FanOutSettings, 'maxAttempts' | 'retryMs'>,
  ) {}

  /** @throws what kept it from being done; the operation has then been given back, or will be due when the lease ends. */
  async process(operation: ClaimedOperation): Promise<void> {
    const { kind } = operation;
    if (kind === 'complete-fan-out') return this.join(operation);
    // The links are the library's, the span is made here: its fanOut runs branches that are all at hand, and knows of no attempts.
    const { links, attributes } = operationMarks(operation);
    return inSpan(
      this.tracer,
      kind,
      { root: true, links, attributes },
      (span) =>
        this.attempt(operation, span, async () => {
          // Each attempt before it died without a word, maybe of the operation itself.
          if (isBranch(kind) && operation.attempt > this.settings.maxAttempts) {
            throw new AttemptsExhaustedError(`given up after ${operation.attempt - 1} attempts`);
          }
          await this.work.do(operation, kind);
        }),
      ROOT_CONTEXT,
    );
  }

  private async join(operation: ClaimedOperation): Promise<void> {
    const branches = await this.queue.endedBranches(operation.fanOutId);
    const marks = marksOf(operation);
    const join = startJoin(this.tracer, operation.kind, branches.map(outcomeOf), {
      attributes: { 'order.id': operation.orderId, 'fan_out.id': operation.fanOutId, ...marks.attributes },
      extraLinks: marks.links,
    });
    await inFanIn(join, () =>
      this.attempt(operation, join?.span, () => this.queue.completeJoin(operation, captureTraceContext())),
    );
  }

  private async attempt(
    operation: ClaimedOperation,
    span: Span | undefined,
    work: () => Promise<void>,
  ): Promise<void> {
    try {
      await this.queue.recordSpan(operation, captureTraceContext());
      await work();
    } catch (error) {
      // What is not held any more is somebody else's to give back.
      if (!(error instanceof LeaseLostError)) await this.giveBack(operation, span, error);
      throw error;
    }
  }

  // Best effort: where the database is away, the lease runs out and the operation is due again.
  private async giveBack(operation: ClaimedOperation, span: Span | undefined, error: unknown): Promise<void> {
    const { kind, attempt } = operation;
    const { maxAttempts, retryMs } = this.settings;
    const reason = error instanceof Error ? error.message : String(error);
    // What closes or undoes a fan-out has to happen some day.
    const isFinal = isBranch(kind) && (isPermanent(error) || attempt >= maxAttempts);
    span?.setAttribute('operation.retried', !isFinal);
    const settled = isFinal
      ? this.queue.fail(operation, reason)
      : this.queue.retry(operation, reason, retryPauseMs(attempt, retryMs));
    await settled.catch(() => undefined);
  }
}

function outcomeOf({ status, error, span }: EndedBranch): BranchOutcome<unknown> {
  const { spanContext } = parseCarrier(span);
  const context = spanContext ? { spanContext } : {};
  return status === 'done'
    ? { status: 'fulfilled', value: undefined, ...context }
    : { status: 'rejected', reason: error, ...context };
}
