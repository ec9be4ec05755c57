import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import { hasEnded, type FanOutState } from '@span-links/orders-data';

// Other processes work on a fan-out too, and cannot notify this one.
const LOOK_EVERY_MS = 500;

/** Lets requests wait for the end of a fan-out, for a limited time. */
export class FanOutWaiter {
  private readonly waiting = new Map<string, Set<() => void>>();
  private stopped = false;

  /** Reports a change of an order's fan-out. */
  stir(orderId: string): void {
    this.waiting.get(orderId)?.forEach((look) => look());
  }

  /** Ends all waits with the current state. */
  stop(): void {
    this.stopped = true;
    for (const orderId of this.waiting.keys()) this.stir(orderId);
  }

  /**
   * @param look reads the fan-out. It runs outside of any span, because a waiting request may make a hundred queries.
   * @param gone aborts if the client has gone.
   * @returns the fan-out when it has ended; its current state after `patienceMs` or at a stop.
   */
  async wait(
    fanOut: FanOutState,
    look: () => Promise<FanOutState | undefined>,
    patienceMs: number,
    gone: AbortSignal,
  ): Promise<FanOutState> {
    const deadline = Date.now() + patienceMs;
    let latest = fanOut;
    while (!hasEnded(latest) && !this.stopped && !gone.aborted && Date.now() < deadline) {
      const leftMs = Math.min(LOOK_EVERY_MS, deadline - Date.now());
      await this.stirred(fanOut.orderId, leftMs, gone);
      // The fan-out is already written, so a short outage of the database does not cost the answer.
      latest = (await context.with(ROOT_CONTEXT, look).catch(() => undefined)) ?? latest;
    }
    return latest;
  }

  private async stirred(orderId: string, mostMs: number, gone: AbortSignal): Promise<void> {
    const group = this.waiting.get(orderId) ?? new Set();
    this.waiting.set(orderId, group);
    let wake: () => void = () => undefined;
    const stirred = new Promise<void>((resolve) => (wake = resolve));
    const timer = setTimeout(wake, mostMs);
    group.add(wake);
    gone.addEventListener('abort', wake);
    await stirred;
    clearTimeout(timer);
    gone.removeEventListener('abort', wake);
    group.delete(wake);
    if (group.size === 0) this.waiting.delete(orderId);
  }
}
