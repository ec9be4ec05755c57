"""The carriers of Span Links in Python: stores a trace context beside a row or a message, and makes links from it."""

import json

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

# Only traceparent and tracestate. Baggage in a row would outlive the request, and it can hold personal data.
_PROPAGATOR = TraceContextTextMapPropagator()


def start_tracing():
    """Starts to send spans, by OTEL_EXPORTER_OTLP_ENDPOINT and OTEL_SERVICE_NAME. Call shutdown() on the result before the process ends."""
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider


def capture():
    """Returns the carrier of the active span, {"traceparent": …, "tracestate": …}, or None without a span."""
    carrier = {}
    _PROPAGATOR.inject(carrier)
    return carrier or None


def link_from(carrier, attributes=None):
    """Returns a link to the span of a carrier, or None if the carrier is missing or broken. Never raises an error."""
    try:
        carrier = json.loads(carrier) if isinstance(carrier, str) else carrier
        headers = {name.lower(): value for name, value in (carrier or {}).items() if isinstance(value, str)}
    except (ValueError, AttributeError):
        return None
    # Use an empty context. If extract() finds nothing it keeps the active span, and the link would lead to the wrong span.
    source = trace.get_current_span(_PROPAGATOR.extract(headers, context=Context())).get_span_context()
    return trace.Link(source, attributes) if source.is_valid else None
