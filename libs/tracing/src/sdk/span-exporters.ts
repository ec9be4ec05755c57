import { TraceFlags } from '@opentelemetry/api';
import type { TracingConfig } from './config.ts';
import type { ObservedQueue } from './export-metrics.ts';
import { JournaledQueue } from './link-safe-processor.ts';
import { OtlpHttpExporter } from './otlp-http-exporter.ts';
import { besideSdkNode, sdkTrace } from './packages.ts';
import type { EndedSpan, EndedSpanExporter, EndedSpanProcessor } from './span-pipeline.ts';

export interface SpanExporters {
  readonly processors: EndedSpanProcessor[];
  /** The processors that have a queue. */
  readonly queues: readonly (ObservedQueue & { readonly queue: JournaledQueue })[];
  /** A description of what is written where, for people. */
  readonly description: string;
}

/**
 * Replaces the processors if nothing is exported: without one, the SDK makes no tracer provider, and there would be no
 * trace contexts to store or to link to.
 */
const NOTHING: EndedSpanProcessor = {
  onStart() {},
  onEnd() {},
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

/** Builds one processor for each exporter of OTEL_TRACES_EXPORTER. With `none`, spans are made but not sent. */
export function spanExporters(
  config: TracingConfig,
  serviceName: string | undefined,
  log: (line: string) => void,
): SpanExporters {
  const processors: EndedSpanProcessor[] = [];
  const queues: (ObservedQueue & { queue: JournaledQueue })[] = [];
  const descriptions: string[] = [];
  const addQueue = (
    name: string,
    exporter: EndedSpanExporter,
    destination: string,
    exporterType: string,
  ): void => {
    const queue = new JournaledQueue(exporter, { name, destination, log }, { ...config, serviceName });
    processors.push(queue);
    queues.push({ queue, exporterType });
  };
  for (const name of config.exporters) {
    if (name === 'otlp') {
      addQueue(name, otlpExporter(config.protocol), config.endpoint, otlpExporterType(config.protocol));
      descriptions.push(`otlp ${config.protocol} ${config.endpoint}`);
    } else if (name === 'zipkin') {
      addQueue(
        name,
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

/** The SDK's SimpleSpanProcessor takes its exporter differently in sdk-trace-base and in sdk-trace. */
function unqueued(exporter: EndedSpanExporter): EndedSpanProcessor {
  return {
    ...NOTHING,
    onEnd(span) {
      if ((span.spanContext().traceFlags & TraceFlags.SAMPLED) !== 0) exporter.export([span], () => {});
    },
  };
}

/** The official exporter for gRPC. Its first export loads grpc-js. */
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
