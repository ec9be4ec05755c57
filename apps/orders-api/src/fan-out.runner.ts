import type { OnApplicationBootstrap, OnModuleDestroy } from '@nestjs/common';
import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { ClaimedOperation, OperationQueue } from '@span-links/orders-data';
import type { FanOutSettings } from './fan-out-settings.ts';
import type { OperationProcessor } from './operation.processor.ts';

/** What the runner tells of its work. */
export interface FanOutListener {
  /** An attempt has ended, well or badly. */
  attemptEnded(operation: ClaimedOperation): void;
  attemptFailed(operation: ClaimedOperation, error: unknown): void;
  /** Nothing can be claimed, after a time when it could. Told once until it can again. */
  claimFailed(error: unknown): void;
}

/**
 * Owns the operations that this process works on: claims what is due while there is room, wherever it was asked for. A wake
 * is only a hint; what it misses, the next poll finds.
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
    // Operations belong to no request and to no start-up: what is active here must not become their parent.
    this.running ??= context.with(ROOT_CONTEXT, () => this.run());
  }

  /** Lets what is in hand end and claims nothing more. */
  async onModuleDestroy(): Promise<void> {
    this.stopping = true;
    this.wake();
    await this.running;
  }

  /** Says that something may be due. */
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
        // There is room now, and the end of a branch may have made the join due.
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
