import { Logger, Module, type DynamicModule, type OnApplicationShutdown } from '@nestjs/common';

/** The work of {@link SpanLinksModule} when the application stops. */
export interface SpanLinksModuleOptions {
  /**
   * Sends the spans that have ended, e.g. `flushTracing` or `stopTracing` of the `sdk` entry point, or `() =>
   * sdk.shutdown()`.
   */
  readonly flush: () => unknown;
  /** How long the application's end may wait for the flush, in milliseconds. 5,000 by default. */
  readonly deadlineMs?: number;
}

const FLUSH_DEADLINE_MS = 5_000;

/**
 * Flushes when the application closes, after the spans of the other modules' shutdown hooks. With
 * `enableShutdownHooks()` Nest ends the process by the signal that it received, before `beforeExit` or `exit`, so
 * queued spans would be lost.
 *
 * Import it first: Nest runs the hooks of global modules last, and among them those of the first import at the very
 * end.
 */
@Module({})
export class SpanLinksModule {
  static forRoot(options: SpanLinksModuleOptions): DynamicModule {
    const provide = Symbol('flush at shutdown');
    return {
      module: SpanLinksModule,
      global: true,
      providers: [{ provide, useValue: new FlushAtShutdown(options) }],
    };
  }
}

class FlushAtShutdown implements OnApplicationShutdown {
  private readonly logger = new Logger(SpanLinksModule.name);

  constructor(private readonly options: SpanLinksModuleOptions) {}

  async onApplicationShutdown(): Promise<void> {
    const { flush, deadlineMs = FLUSH_DEADLINE_MS } = this.options;
    let timer: NodeJS.Timeout | undefined;
    const deadline = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(() => reject(new Error(`not within ${deadlineMs} ms`)), deadlineMs);
    });
    try {
      await Promise.race([Promise.resolve().then(flush), deadline]);
    } catch (error) {
      this.logger.warn(`The last spans could not be sent: ${String(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }
}
