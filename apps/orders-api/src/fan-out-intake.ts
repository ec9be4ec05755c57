import { SpanKind, trace, type Span, type Tracer } from '@opentelemetry/api';
import type { FanOutsRepository, RequestedFanOut } from '@span-links/orders-data';
import { captureTraceContext, inSpan, linkFromCarrier } from '@span-links/tracing';

/**
 * Fans orders out: `fan-out-order`, whose context is stored with every operation in the transaction that writes them. Who
 * works on one, now or after a crash, links back to it.
 */
export class FanOutIntake {
  private readonly tracer: Tracer = trace.getTracer('@span-links/orders-api');

  constructor(
    private readonly fanOuts: FanOutsRepository,
    private readonly onCommitted: () => void,
  ) {}

  /** @throws OrderNotFoundError, OrderNotFitError, or what the database throws; each is on the span as well. */
  async request(orderId: string): Promise<RequestedFanOut> {
    const attributes = { 'order.id': orderId };
    const options = { kind: SpanKind.PRODUCER, attributes };
    return inSpan(this.tracer, 'fan-out-order', options, async (span) => {
      const requested = await this.fanOuts.request(orderId, captureTraceContext());
      describe(span, requested);
      this.onCommitted();
      return requested;
    });
  }
}

function describe(span: Span, { fanOut, replayed }: RequestedFanOut): void {
  span.setAttributes({
    'fan_out.id': fanOut.id,
    'fan_out.operations': fanOut.operations.length,
    ...(replayed ? { 'fan_out.replayed': true } : {}),
  });
  // A repeated request has a trace but started nothing: the link leads to the one that did.
  const first = replayed ? linkFromCarrier(fanOut.span) : undefined;
  if (first) span.addLink(first);
}
