import { SpanKind, trace, type Span, type Tracer } from '@opentelemetry/api';
import {
  writeOrTell,
  type FanOutsRepository,
  type RepeatAdvice,
  type RequestedFanOut,
} from '@span-links/orders-data';
import { captureTraceContext, inSpan, linkFromCarrier, parseCarrier } from '@span-links/tracing';
import { ATTR_LINK_MISSING_REASON } from '@span-links/tracing/attributes';

const REPEATABLE: RepeatAdvice = {
  howToRepeat: 'Send the request again: an order is fanned out once, however often it is asked for.',
  isSafeToRepeat: true,
};

/**
 * Fans orders out in a `fan-out-order` span, which links to the `receive-order` span of its order. The transaction that
 * writes the operations stores the span's context with each. So every operation, now or after a crash, leads back to its
 * request, and from there to the order.
 */
export class FanOutIntake {
  private readonly tracer: Tracer = trace.getTracer('@span-links/orders-api');

  constructor(
    private readonly fanOuts: FanOutsRepository,
    private readonly onCommitted: () => void,
  ) {}

  /** @throws OrderNotFoundError, OrderNotFitError, OutcomeUnknownError, or the error of the database. */
  async request(orderId: string): Promise<RequestedFanOut> {
    const startTime = Date.now();
    // Read before the span starts, because samplers see only the links that a span has at its start.
    const carrier = await this.fanOuts.originOf(orderId);
    const origin = linkFromCarrier(carrier, 'origin');
    const attributes = {
      'order.id': orderId,
      ...(origin ? {} : { [ATTR_LINK_MISSING_REASON]: parseCarrier(carrier).verdict }),
    };
    const options = { kind: SpanKind.PRODUCER, attributes, startTime, links: origin ? [origin] : [] };
    return inSpan(this.tracer, 'fan-out-order', options, async (span) => {
      const requested = await writeOrTell(REPEATABLE, () =>
        this.fanOuts.request(orderId, captureTraceContext()),
      );
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
  // A repeated request has a trace but starts nothing. The link leads to the request that did.
  const first = replayed ? linkFromCarrier(fanOut.span) : undefined;
  if (first) span.addLink(first);
}
