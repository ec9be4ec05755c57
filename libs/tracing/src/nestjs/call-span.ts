import { context, trace, type Context, type Span } from '@opentelemetry/api';
import { markFailed } from '../in-span.ts';
import { expectedStatus } from './expected-status.ts';

const ATTR_STATUS_CODE = 'http.response.status_code';

/**
 * The running span of one call. Ends once, for a result may end in several ways (a stream that fails and is then closed),
 * and swallows what a broken span processor throws, for its callers stand between an application and its result.
 */
export class CallSpan {
  /** The context of the call, with the span active: also what a stream does later belongs to it. */
  readonly scope: Context;
  private ended = false;

  constructor(
    private readonly span: Span,
    private readonly isFailure: (error: unknown) => boolean,
  ) {
    this.scope = trace.setSpan(context.active(), span);
  }

  end(): void {
    this.endOnce(() => undefined);
  }

  /** Ends the span with what the call has thrown. A 4xx answer is shown on it, but does not make it a failed one. */
  fail(error: unknown): void {
    this.endOnce(() => {
      const status = expectedStatus(error);
      if (status !== undefined) this.span.setAttribute(ATTR_STATUS_CODE, status);
      else if (this.isFailure(error)) markFailed(this.span, error);
    });
  }

  private endOnce(mark: () => void): void {
    if (this.ended) return;
    this.ended = true;
    quietly(mark);
    quietly(() => this.span.end());
  }
}

/** What `work` returns, or `undefined` if it throws. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
