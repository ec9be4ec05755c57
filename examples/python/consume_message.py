"""Handles one message from standard input, {"id": …, "headers": {…}, "body": …}, in a root span that links to the span that sent it."""

import json
import sys

from opentelemetry import trace
from opentelemetry.context import Context

from span_links import link_from, start_tracing


def main():
    provider = start_tracing()
    message = json.load(sys.stdin)
    link = link_from(message.get("headers"), {"messaging.message.id": message["id"]})
    with trace.get_tracer("orders-python").start_as_current_span(
        "process orders",
        context=Context(),
        kind=trace.SpanKind.CONSUMER,
        links=[link] if link else [],
        attributes={"messaging.operation.type": "process", "messaging.destination.name": "orders"},
    ) as span:
        print(format(span.get_span_context().trace_id, "032x"))
    provider.shutdown()


if __name__ == "__main__":
    main()
