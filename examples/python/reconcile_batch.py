"""Reconciles pending orders in one batch, whose span links to all sources. Prints the numbers of orders and links."""

import os
import sys

import psycopg
from opentelemetry import trace
from opentelemetry.context import Context

from span_links import link_from, start_tracing

# Batches of Node.js may run at the same time, so skip rows that another worker has locked or leased.
CLAIM = """
    SELECT id, items, stated_total_cents, trace_context FROM orders
    WHERE status = 'pending' AND (lease_until IS NULL OR lease_until <= now())
    ORDER BY id LIMIT %s
    FOR UPDATE SKIP LOCKED
"""
FINISH = "UPDATE orders SET status = %s, reason = %s, total_cents = %s, reconciled_at = now(), attempts = attempts + 1 WHERE id = %s"


def main():
    provider = start_tracing()
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    # One transaction, so that a kill before its end leaves every order pending.
    with psycopg.connect(os.environ["DATABASE_URL"]) as database:
        orders = database.execute(CLAIM, (size,)).fetchall()
        links = [link_from(carrier, {"messaging.message.id": str(order_id)}) for order_id, _, _, carrier in orders]
        links = [link for link in links if link is not None]
        if orders:
            reconcile(database, orders, links)
    provider.shutdown()
    print(len(orders), len(links))


def reconcile(database, orders, links):
    tracer = trace.get_tracer("orders-python")
    # Pass the links at the start, so that a sampler sees them. The empty context makes the batch the root of its own trace.
    # The SDK keeps 128 links per span; raise OTEL_SPAN_LINK_COUNT_LIMIT for larger batches.
    with tracer.start_as_current_span(
        "process-batch",
        context=Context(),
        kind=trace.SpanKind.CONSUMER,
        links=links,
        attributes={"batch.size": len(orders), "batch.links.missing": len(orders) - len(links)},
    ):
        for order_id, items, stated, _ in orders:
            total = sum(item["quantity"] * item["unitPriceCents"] for item in items)
            is_right = stated is None or stated == total
            reason = None if is_right else f"stated {stated}, items sum to {total}"
            database.execute(FINISH, ("reconciled" if is_right else "discrepancy", reason, total, order_id))


if __name__ == "__main__":
    main()
