import { TraceFlags } from '@opentelemetry/api';
import type { TracingConfig } from './config.ts';
import type { ObservedQueue } from './export-metrics.ts';
import { ExportQueue } from './export-queue.ts';
import { OtlpHttpExporter } from './otlp-http-exporter.ts';
import { besideSdkNode, sdkTrace } from './packages.ts';
import type { EndedSpan, EndedSpanExporter, EndedSpanProcessor } from './span-pipeline.ts';

export interface SpanExporters {
  readonly processors: EndedSpanProcessor[];
  /** Those of the processors that queue. */
  readonly queues: readonly (ObservedQueue & { readonly queue: ExportQueue })[];
  /** What is written where, for people. */
  readonly description: string;
}

/**
 * Takes the place of the processors where nothing is exported: the SDK makes no tracer provider without one, and then
 * there are no trace contexts to store and none to link to.
 */
const NOTHING: EndedSpanProcessor = {
  onStart() {},
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/** Builds one processor for each exporter of OTEL_TRACES_EXPORTER. With `none`, spans are made and go nowhere. */
export function spanExporters(config: TracingConfig, log: (line: string) => void): SpanExporters {
  const processors: EndedSpanProcessor[] = [];
  const queues: (ObservedQueue & { queue: ExportQueue })[] = [];
  const descriptions: string[] = [];
  const addQueue = (exporter: EndedSpanExporter, destination: string, exporterType: string): void => {
    const queue = new ExportQueue({ ...config.queue, exporter, destination, log });
    processors.push(queue);
    queues.push({ queue, exporterType });
  };
  for (const name of config.exporters) {
    if (name === 'otlp') {
      addQueue(otlpExporter(config.protocol), config.endpoint, otlpExporterType(config.protocol));
      descriptions.push(`otlp ${config.protocol} ${config.endpoint}`);
    } else if (name === 'zipkin') {
      addQueue(
        construct('@opentelemetry/exporter-zipkin', 'ZipkinExporter'),
        name,
        'zipkin_http_span_exporter',
      );
      descriptions.push(name);
    } else if (name === 'console') {
      processors.push(unqueued(new (sdkTrace().ConsoleSpanExporter)()));
      descriptions.push(name);
    }
  }
  if (processors.length === 0) processors.push(NOTHING);
  return { processors, queues, description: descriptions.join(' and ') || 'no exporter' };
}

/** The SDK's SimpleSpanProcessor takes its exporter in one way in sdk-trace-base and in another in sdk-trace. */
function unqueued(exporter: EndedSpanExporter): EndedSpanProcessor {
  return {
    ...NOTHING,
    onEnd(span) {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) exporter.export([span], () => {});
    },
  };
}

/** For gRPC the official exporter; grpc-js is loaded by its first export. */
function otlpExporter(protocol: string): EndedSpanExporter {
  return protocol === 'grpc'
    ? construct('@opentelemetry/exporter-trace-otlp-grpc', 'OTLPTraceExporter')
    : new OtlpHttpExporter<EndedSpan[]>('traces', protocol);
}

function otlpExporterType(protocol: string): string {
  if (protocol === 'grpc') return 'otlp_grpc_span_exporter';
  return protocol === 'http/json' ? 'otlp_http_json_span_exporter' : 'otlp_http_span_exporter';
}

function construct(packageName: string, className: string): EndedSpanExporter {
  return new (besideSdkNode(packageName)[className] as new () => EndedSpanExporter)();
}
