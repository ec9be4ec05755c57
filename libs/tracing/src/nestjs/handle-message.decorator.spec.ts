import { SetMetadata } from '@nestjs/common';
import { SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { recordSpans, type RecordedSpans } from '../../test/nestjs/recorded-spans.ts';
import { messageConsumer } from '../message-consumer.ts';
import type { MessageConsumerOptions } from '../message-description.ts';
import { HandlesMessage } from './handle-message.decorator.ts';
import type { Method } from './traced-call.ts';

let spans: RecordedSpans;
beforeAll(() => (spans = recordSpans()));
afterAll(() => spans.unregister());
beforeEach(() => spans.reset());

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';

interface OrderMessage {
  readonly id: string;
  readonly headers?: unknown;
}
const message: OrderMessage = { id: 'm-1', headers: { traceparent: `00-${TRACE_ID}-${SPAN_ID}-01` } };

const orders: MessageConsumerOptions<OrderMessage> = {
  system: 'nats',
  destination: 'orders',
  headers: (order) => order.headers,
  id: (order) => order.id,
};
const children = messageConsumer({ ...orders, parent: 'producer' });

class Consumer {
  private readonly handled: string[] = [];

  @SetMetadata('above', 1)
  @HandlesMessage(orders)
  @SetMetadata('below', 2)
  async onOrder(order: OrderMessage, _channel?: string): Promise<readonly string[]> {
    this.handled.push(`${order.id} ${trace.getActiveSpan() ? 'in a span' : 'without a span'}`);
    return this.handled;
  }

  @HandlesMessage(children, (_channel: string, order: OrderMessage) => order)
  onChild(_channel: string, _order: OrderMessage): void {}

  @HandlesMessage(orders, (_value: number): OrderMessage => {
    throw new Error('unreadable');
  })
  onAnything(value: number): number {
    return value;
  }

  @HandlesMessage(orders)
  async onFailure(_order: OrderMessage): Promise<void> {
    throw new Error('out of stock');
  }
}

describe('a method that handles messages', () => {
  it('runs in its own trace, with a link to the producer', async () => {
    await spans.tracer.startActiveSpan('poll', async (poll) => {
      expect(await new Consumer().onOrder(message)).toEqual(['m-1 in a span']);
      poll.end();
    });
    const span = await spans.ended('process orders');
    expect(span.kind).toBe(SpanKind.CONSUMER);
    expect(span.parentSpanContext).toBeUndefined();
    expect(span.links[0]?.context.spanId).toBe(SPAN_ID);
    expect(span.attributes['messaging.message.id']).toBe('m-1');
  });

  it('may be the child of the producer', async () => {
    new Consumer().onChild('retries', message);
    expect((await spans.ended('process orders')).parentSpanContext?.spanId).toBe(SPAN_ID);
  });

  it('is called without a link if its message cannot be read', async () => {
    expect(new Consumer().onAnything(7)).toBe(7);
    const span = await spans.ended('process orders');
    expect([span.links, span.attributes['spanlinks.missing_reason']]).toEqual([[], 'missing']);
  });

  it('fails its span with its error, which is passed on', async () => {
    await expect(new Consumer().onFailure(message)).rejects.toThrow('out of stock');
    expect((await spans.ended('process orders')).status.code).toBe(SpanStatusCode.ERROR);
  });

  it('keeps its name, its length and the metadata of other decorators', () => {
    const onOrder = Object.getOwnPropertyDescriptor(Consumer.prototype, 'onOrder')!.value as Method;
    expect([onOrder.name, onOrder.length]).toEqual(['onOrder', 2]);
    expect([Reflect.getMetadata('above', onOrder), Reflect.getMetadata('below', onOrder)]).toEqual([1, 2]);
  });
});
