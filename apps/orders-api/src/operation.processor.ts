import { ROOT_CONTEXT, trace, type Span, type Tracer } from '@opentelemetry/api';
import {
  holdingLease,
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
import { errorText } from '@span-links/service-shell';
import type { FanOutSettings } from './fan-out-settings.ts';
import { attemptOf, operationMarks } from './operation-links.ts';
import type { OperationWork } from './operation-work.ts';
import { AttemptsExhaustedError, isPermanent } from './permanent-failure.ts';
import { retryPauseMs } from './retry-pause.ts';

/** Makes one attempt at an operation, in a span of its own trace. */
export class OperationProcessor {
  private readonly tracer: Tracer = trace.getTracer('@span-links/orders-api');

  constructor(
    private readonly queue: OperationQueue,
    private readonly work: OperationWork,
    private readonly settings: Pick<FanOutSettings, 'leaseMs' | 'maxAttempts' | 'retryMs'>,
  ) {}

  /** @throws the error of the attempt. The operation has then been given back, or is due when the lease expires. */
  async process(operation: ClaimedOperation): Promise<void> {
    const { kind } = operation;
    if (kind === 'complete-fan-out') return this.join(operation);
    // The library makes the links, but not the span: its fanOut runs branches within one process, without attempts.
    const { links, attributes } = operationMarks(operation);
    return inSpan(
      this.tracer,
      kind,
      { root: true, links, attributes },
      (span) =>
        this.attempt(operation, span, async () => {
          // Each earlier attempt died without an error, perhaps because of the operation itself.
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
    const join = startJoin(this.tracer, operation.kind, branches.map(outcomeOf), {
      attributes: { 'order.id': operation.orderId, 'fan_out.id': operation.fanOutId },
      attempt: attemptOf(operation),
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
      const { leaseMs } = this.settings;
      await holdingLease({ leaseMs, renew: () => this.queue.renew(operation, leaseMs) }, async () => {
        await this.queue.recordSpan(operation, captureTraceContext());
        await work();
      });
    } catch (error) {
      // Another worker holds it after a lost lease, and only that worker may give it back.
      if (!(error instanceof LeaseLostError)) await this.giveBack(operation, span, error);
      throw error;
    }
  }

  // Best effort: if the database is away, the lease expires and the operation is due again.
  private async giveBack(operation: ClaimedOperation, span: Span | undefined, error: unknown): Promise<void> {
    const { kind, attempt } = operation;
    const { maxAttempts, retryMs } = this.settings;
    const reason = errorText(error);
    // Joins and compensations are retried without a limit, because they must happen eventually.
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
