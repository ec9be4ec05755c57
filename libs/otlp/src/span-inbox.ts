import type { ReceivedSpan } from './received-span.ts';

/** The options of {@link SpanInbox.waitFor}. */
export interface SpanWait {
  /** Default: 10,000. */
  readonly timeoutMs?: number;
  /** A description of the awaited spans for the error: "a process-batch span with 5 links". */
  readonly describe?: string;
}

interface Waiter {
  check(): void;
  fail(reason: string): void;
}

/** Keeps the spans that arrived and wakes waiting callers. */
export class SpanInbox {
  private readonly arrived: ReceivedSpan[] = [];
  private readonly waiters = new Set<Waiter>();

  list(): ReceivedSpan[] {
    return [...this.arrived];
  }

  add(spans: readonly ReceivedSpan[]): void {
    for (const span of spans) this.arrived.push(span);
    for (const waiter of [...this.waiters]) waiter.check();
  }

  clear(): void {
    this.arrived.length = 0;
  }

  /** Rejects all waiting callers. */
  close(): void {
    for (const waiter of [...this.waiters]) waiter.fail('the receiver was closed');
  }

  /**
   * @param predicate is asked at once and after every request; if it throws, the wait rejects
   * @param more is asked for further facts when the wait fails
   */
  waitFor(
    predicate: (spans: readonly ReceivedSpan[]) => boolean,
    { timeoutMs = 10_000, describe = 'spans' }: SpanWait,
    more: () => string,
  ): Promise<ReceivedSpan[]> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
        act();
      };
      const waiter: Waiter = {
        check: () => {
          try {
            if (predicate(this.arrived)) settle(() => resolve(this.list()));
          } catch (error) {
            settle(() => reject(error instanceof Error ? error : new Error(String(error))));
          }
        },
        fail: (reason) => {
          const message = `Waited for ${describe}, but ${reason}. Arrived: ${this.census()}; ${more()}`;
          settle(() => reject(new Error(message)));
        },
      };
      const timer = setTimeout(() => waiter.fail(`not within ${timeoutMs} ms`), timeoutMs);
      this.waiters.add(waiter);
      waiter.check();
    });
  }

  /** For example "3 spans (receive-order ×2, persist-order ×1)". */
  private census(): string {
    const byName = new Map<string, number>();
    for (const { name } of this.arrived) byName.set(name, (byName.get(name) ?? 0) + 1);
    const names = [...byName].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name} ×${count}`);
    return names.length === 0 ? 'no span' : `${this.arrived.length} spans (${names.join(', ')})`;
  }
}
