import { context, trace, type Context, type Span } from '@opentelemetry/api';
import { markFailed } from '../in-span.ts';
import { expectedStatus } from './expected-status.ts';

const ATTR_STATUS_CODE = 'http.response.status_code';

/**
 * The running span of one call. Ends only once, although a result may end in several ways (a stream that fails and is
 * then closed). Swallows the errors of a broken span processor, because its callers stand between an application and
 * its result.
 */
export class CallSpan {
  /** The context of the call, with the span active. Later work of a stream belongs to it too. */
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

  /** Ends the span with the error of the call. The span shows a 4xx answer, but does not count it as a failure. */
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

/** The result of `work`, or `undefined` if it throws. */
export function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}
