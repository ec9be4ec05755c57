"""Receives one order and stores it in the table `orders`, with the trace context of the span that received it. Prints the id."""

import json
import os
import time
import uuid

import psycopg
from opentelemetry import trace

from span_links import capture, start_tracing


def uuid7():
    """Returns an id that grows with time, because batches take the orders with the lowest ids first."""
    value = (time.time_ns() // 1_000_000) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 7 << 76
    return uuid.UUID(int=value & ~(0x3 << 62) | 0x2 << 62)


def main():
    provider = start_tracing()
    order_id = uuid7()
    items = [{"sku": "MUG", "quantity": 2, "unitPriceCents": 1200}]
    with trace.get_tracer("orders-python").start_as_current_span("receive-order", kind=trace.SpanKind.PRODUCER) as span:
        span.set_attribute("order.id", str(order_id))
        with psycopg.connect(os.environ["DATABASE_URL"]) as database:
            database.execute(
                "INSERT INTO orders (id, customer_id, currency, items, stated_total_cents, trace_context) VALUES (%s, %s, %s, %s, %s, %s)",
                (order_id, "python", "EUR", json.dumps(items), 2400, json.dumps(capture())),
            )
    provider.shutdown()
    print(order_id)


if __name__ == "__main__":
    main()
