"""Sends a batch that links to five orders with Python's SDK. Arguments: grpc or http, the endpoint, gzip or none."""

import sys

from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

protocol, endpoint, compression = sys.argv[1:4]
if protocol == "grpc":
    import grpc
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

    packing = grpc.Compression.Gzip if compression == "gzip" else grpc.Compression.NoCompression
    exporter = OTLPSpanExporter(endpoint=endpoint, insecure=True, compression=packing)
else:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    packing = Compression.Gzip if compression == "gzip" else Compression.NoCompression
    exporter = OTLPSpanExporter(endpoint=f"{endpoint}/v1/traces", compression=packing)

provider = TracerProvider(resource=Resource.create({"service.name": f"python-{protocol}-{compression}"}))
provider.add_span_processor(BatchSpanProcessor(exporter))
tracer = provider.get_tracer("orders")
links = []
for _ in range(5):
    with tracer.start_as_current_span("receive-order") as order:
        links.append(trace.Link(order.get_span_context()))
with tracer.start_as_current_span("process-batch", links=links, attributes={"batch.size": 5}) as batch:
    context = batch.get_span_context()
delivered = provider.force_flush(30_000)
provider.shutdown()
print(f"{context.trace_id:032x} {context.span_id:016x} {delivered}")
