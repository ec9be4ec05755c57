import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { ClaimedOperation, OperationQueue } from '@span-links/orders-data';
import type { FanOutSettings } from './fan-out-settings.ts';
import type { OperationProcessor } from './operation.processor.ts';

/** Receives the events of the runner. */
export interface FanOutListener {
  /** An attempt has succeeded or failed. */
  attemptEnded(operation: ClaimedOperation): void;
  attemptFailed(operation: ClaimedOperation, error: unknown): void;
  /** Claims fail after they worked before. Called once until they work again. */
  claimFailed(error: unknown): void;
}

/**
 * Owns the operations that this process works on. It claims due operations of all processes while there is room. A wake is
 * only a hint: the next poll finds the rest.
 */
export class FanOutRunner implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly inHand = new Set<Promise<void>>();
  private running: Promise<void> | undefined;
  private stopping = false;
  private canClaim = true;
  private woken = false;
  private endPause: () => void = () => undefined;

  constructor(
    private readonly queue: OperationQueue,
    private readonly processor: OperationProcessor,
    private readonly settings: Pick<FanOutSettings, 'concurrency' | 'leaseMs' | 'pollMs'>,
    private readonly listener: FanOutListener,
  ) {}

  onApplicationBootstrap(): void {
    // Operations belong to no request and to no start-up, so the active span must not become their parent.
    this.running ??= context.with(ROOT_CONTEXT, () => this.run());
  }

  /** Stops claiming, and waits for the running operations. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.running;
  }

  /** Reports that an operation may be due. */
  wake(): void {
    this.woken = true;
    this.endPause();
  }

  private async run(): Promise<void> {
    while (!this.stopping) {
      this.woken = false;
      const room = this.settings.concurrency - this.inHand.size;
      if (room > 0) for (const operation of await this.claim(room)) this.begin(operation);
      if (!this.woken) await this.pause();
    }
    await Promise.all(this.inHand);
  }

  private async claim(room: number): Promise<ClaimedOperation[]> {
    try {
      const claimed = await this.queue.claim(room, this.settings.leaseMs);
      this.canClaim = true;
      return claimed;
    } catch (error) {
      if (this.canClaim) this.listener.claimFailed(error);
      this.canClaim = false;
      return [];
    }
  }

  private begin(operation: ClaimedOperation): void {
    const attempt = this.processor
      .process(operation)
      .catch((error: unknown) => this.listener.attemptFailed(operation, error))
      .finally(() => {
        this.inHand.delete(attempt);
        this.listener.attemptEnded(operation);
        // There is room now, and the join may be due after the end of a branch.
        this.wake();
      });
    this.inHand.add(attempt);
  }

  private pause(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, this.settings.pollMs);
      this.endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
