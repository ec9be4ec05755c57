import type { OnModuleDestroy } from '@nestjs/common';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import {
  writeOrTell,
  type Backlog,
  type Claim,
  type OrderQueue,
  type RepeatAdvice,
  type RunsRepository,
  type RunTrigger,
} from '@span-links/orders-data';
import { errorText } from '@span-links/service-shell';
import type { BatchProcessor, BatchResult } from './batch.processor.ts';

/** The settings for claims. */
export interface BatchRunnerOptions {
  /** Names this process in rows and logs. */
  readonly worker: string;
  readonly size: number;
  readonly leaseMs: number;
  readonly maxAttempts: number;
}

/** Receives the events of a run. */
export interface RunListener {
  batchDone(result: BatchResult): void;
  ordersParked(count: number): void;
  /** A run broke off or could not begin. Its claimed orders will be due again. */
  runFailed(error: unknown): void;
}

/** The end of a run. */
export interface RunResult {
  readonly runId: string;
  readonly orders: number;
  /** False if orders were given up or the run broke off. */
  readonly allHandled: boolean;
}

// 100,000 orders in batches of 100 on two cores (November 2026): 7,900 orders/s with one in hand, 9,500 with two, 10,000 with four.
const BATCHES_IN_HAND_MAX = 4;
// Limits the memory of large batches: an order in hand takes about 5 KB with its span and its link.
const ORDERS_IN_HAND_MAX = 10_000;

const REPEATABLE: RepeatAdvice = {
  howToRepeat:
    'Start another: a run handles only what is due, and one that nobody works on ends as abandoned.',
  isSafeToRepeat: true,
};

/** Owns the only run of a process at a time: batch after batch until nothing is due. */
export class BatchRunner implements OnModuleDestroy {
  private running: { readonly runId: Promise<string>; readonly done: Promise<RunResult> } | undefined;
  private stopping = false;

  constructor(
    private readonly queue: OrderQueue,
    private readonly runs: RunsRepository,
    private readonly processor: BatchProcessor,
    private readonly options: BatchRunnerOptions,
    private readonly listener: RunListener,
  ) {}

  /** Handles a tick of the clock: runs if anything is due. An idle tick leaves no row, no span and no line in the log. */
  async runIfDue(): Promise<void> {
    if (this.running || this.stopping) return;
    const due = await this.settle().then(
      (backlog) => backlog.due,
      (error: unknown) => this.listener.runFailed(error),
    );
    if (due && !this.running && !this.stopping) await this.begin('cron').done.catch(() => undefined);
  }

  /**
   * Starts a run, or joins the running one, which will reach every due order.
   *
   * @returns the id of the run when its row is written, and its end.
   */
  start(trigger: RunTrigger): { readonly runId: Promise<string>; readonly done: Promise<RunResult> } {
    // A run belongs to no request, so the active span must not become the parent of its queries.
    return this.running ?? context.with(ROOT_CONTEXT, () => this.begin(trigger));
  }

  /** Lets the running batches end and starts no other. */
  async stop(): Promise<void> {
    this.stopping = true;
    await this.running?.done.catch(() => undefined);
  }

  // Uses the first hook of the shutdown. Later hooks wait for the running tick, which would continue to claim.
  onModuleDestroy(): Promise<void> {
    return this.stop();
  }

  private begin(trigger: RunTrigger): NonNullable<BatchRunner['running']> {
    const { worker, leaseMs } = this.options;
    const runId = writeOrTell(REPEATABLE, () => this.runs.start(trigger, worker, leaseMs));
    const done = runId.then((id) => this.drain(id, trigger)).finally(() => (this.running = undefined));
    // The caller may not wait for the end of the run, so its failure is reported here.
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
      await this.runs.finish(runId, 'failed', errorText(error)).catch(() => undefined);
      throw error;
    }
  }

  private async settle(): Promise<Backlog> {
    const backlog = await this.queue.settleAbandoned(this.options.maxAttempts);
    if (backlog.parked > 0) this.listener.ordersParked(backlog.parked);
    return backlog;
  }

  // Claims run one after the other, so that only the last batch of a run is smaller than requested. Claimed batches are
  // processed at the same time, so that the database and this process do not wait for each other.
  private async claimUntilEmpty(runId: string): Promise<number> {
    const inHand = new Set<Promise<void>>();
    let ordersInHand = 0;
    let handled = 0;
    let failure: { readonly error: unknown } | undefined;
    while (!this.stopping && !failure) {
      const claimedAt = Date.now();
      const claim = await this.queue.claim({ runId, ...this.options });
      const size = claim.orders.length;
      if (size === 0) break;
      const batch = this.handle(claim, claimedAt)
        .then(() => void (handled += size))
        .catch((error: unknown) => void (failure ??= { error }))
        .finally(() => {
          inHand.delete(batch);
          ordersInHand -= size;
        });
      inHand.add(batch);
      ordersInHand += size;
      while (inHand.size >= BATCHES_IN_HAND_MAX || ordersInHand >= ORDERS_IN_HAND_MAX)
        await Promise.race(inHand);
    }
    await Promise.all(inHand);
    if (failure) throw failure.error;
    return handled;
  }

  private async handle(claim: Claim, claimedAt: number): Promise<void> {
    const result = await this.processor.process(claim, claimedAt);
    if (result) this.listener.batchDone(result);
  }
}
