import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { Backlog, Claim, OrderQueue, RunsRepository, RunTrigger } from '@span-links/orders-data';
import type { BatchProcessor, BatchResult } from './batch.processor.ts';

/** How a worker claims. */
export interface BatchRunnerOptions {
  /** Names this process in rows and logs. */
  readonly worker: string;
  readonly size: number;
  readonly leaseMs: number;
  readonly maxAttempts: number;
}

/** What a run tells of itself while it goes on. */
export interface RunListener {
  batchDone(result: BatchResult): void;
  ordersParked(count: number): void;
  /** A run broke off, or could not even begin. What it had claimed will be due again. */
  runFailed(error: unknown): void;
}

/** How a run ended. */
export interface RunResult {
  readonly runId: string;
  readonly orders: number;
  /** False where orders were given up or the run broke off. */
  readonly allHandled: boolean;
}

/** Owns the one run that a process makes at a time: batch after batch until nothing is due. */
export class BatchRunner {
  private running: { readonly runId: Promise<string>; readonly done: Promise<RunResult> } | undefined;
  private stopping = false;

  constructor(
    private readonly queue: OrderQueue,
    private readonly runs: RunsRepository,
    private readonly processor: BatchProcessor,
    private readonly options: BatchRunnerOptions,
    private readonly listener: RunListener,
  ) {}

  /** A tick of the clock: runs if anything is due. An idle one leaves no row, no span and no line in the log. */
  async runIfDue(): Promise<void> {
    if (this.running || this.stopping) return;
    await detached(async () => {
      const due = await this.settle().then(
        (backlog) => backlog.due,
        (error: unknown) => this.listener.runFailed(error),
      );
      if (due && !this.running && !this.stopping) await this.begin('cron').done.catch(() => undefined);
    });
  }

  /**
   * Starts a run, or joins the one that is under way, which will get to every order that is due.
   *
   * @returns the id of the run as soon as its row is written, and its end.
   */
  start(trigger: RunTrigger): { readonly runId: Promise<string>; readonly done: Promise<RunResult> } {
    return this.running ?? detached(() => this.begin(trigger));
  }

  /** Lets the batch in hand end and starts no other. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running?.done.catch(() => undefined);
  }

  private begin(trigger: RunTrigger): NonNullable<BatchRunner['running']> {
    const { worker, leaseMs } = this.options;
    const runId = this.runs.start(trigger, worker, leaseMs);
    const done = runId.then((id) => this.drain(id, trigger)).finally(() => (this.running = undefined));
    // Whoever started the run may not wait for its end, so its failure is told here.
    done.catch((error: unknown) => this.listener.runFailed(error));
    this.running = { runId, done };
    return this.running;
  }

  private async drain(runId: string, trigger: RunTrigger): Promise<RunResult> {
    try {
      const { parked } = await this.settle();
      const orders = await this.claimUntilEmpty(runId);
      if (orders === 0 && trigger === 'cron') await this.runs.discardEmpty(runId);
      else await this.runs.finish(runId, this.stopping ? 'stopped' : 'completed');
      return { runId, orders, allHandled: parked === 0 };
    } catch (error) {
      await this.runs.finish(runId, 'failed', messageOf(error)).catch(() => undefined);
      throw error;
    }
  }

  private async settle(): Promise<Backlog> {
    const backlog = await this.queue.settleAbandoned(this.options.maxAttempts);
    if (backlog.parked > 0) this.listener.ordersParked(backlog.parked);
    return backlog;
  }

  // The next batch is claimed while the one in hand is handled: the database and this process then work side by side
  // (100,000 orders in batches of 100: 6,300 orders/s one after the other, 9,900 side by side).
  private async claimUntilEmpty(runId: string): Promise<number> {
    let orders = 0;
    let ahead = this.claim(runId);
    for (;;) {
      const { claim, claimedAt } = await ahead;
      if (claim.orders.length === 0) return orders;
      ahead = this.stopping ? NOTHING : this.claim(runId);
      try {
        const result = await this.processor.process(claim, claimedAt);
        orders += result?.size ?? 0;
        if (result) this.listener.batchDone(result);
      } catch (error) {
        await this.giveBack(ahead, error);
        throw error;
      }
    }
  }

  private async claim(runId: string): Promise<TimedClaim> {
    const claimedAt = Date.now();
    return { claim: await this.queue.claim({ runId, ...this.options }), claimedAt };
  }

  // What was claimed ahead is not begun once the run has failed.
  private async giveBack(ahead: Promise<TimedClaim>, error: unknown): Promise<void> {
    const reason = `not begun, for the batch before it failed: ${messageOf(error)}`;
    await ahead
      .then(({ claim }) => this.queue.fail(claim.batchId, reason, this.options.maxAttempts))
      .catch(() => undefined);
  }
}

interface TimedClaim {
  readonly claim: Claim;
  readonly claimedAt: number;
}

const NOTHING: Promise<TimedClaim> = Promise.resolve({ claim: { batchId: '', orders: [] }, claimedAt: 0 });

// A run belongs to no request and to no tick: whatever is active when it starts must not become the parent of its queries.
function detached<T>(work: () => T): T {
  return context.with(ROOT_CONTEXT, work);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
