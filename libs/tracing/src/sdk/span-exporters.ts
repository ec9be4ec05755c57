import type { SpanExporter, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import type { TracingConfig } from './config.ts';
import { ExportQueue } from './export-queue.ts';
import { OtlpHttpExporter } from './otlp-http-exporter.ts';
import { besideSdkNode, sdkNode } from './packages.ts';

type ExporterClass = new () => SpanExporter;

export interface SpanExporters {
  readonly processors: SpanProcessor[];
  /** Those of the processors that queue. */
  readonly queues: readonly ExportQueue[];
  /** What is written where, for people. */
  readonly description: string;
}

/** Builds one processor for each exporter of OTEL_TRACES_EXPORTER. None at all for `none`: the SDK then stays off. */
export function spanExporters(config: TracingConfig, log: (line: string) => void): SpanExporters {
  const processors: SpanProcessor[] = [];
  const queues: ExportQueue[] = [];
  const descriptions: string[] = [];
  const queue = (exporter: SpanExporter, destination: string): void => {
    const exportQueue = new ExportQueue({ ...config.queue, exporter, destination, log });
    processors.push(exportQueue);
    queues.push(exportQueue);
  };
  for (const name of config.exporters) {
    if (name === 'otlp') {
      queue(otlpExporter(config.protocol), config.endpoint);
      descriptions.push(`otlp ${config.protocol} ${config.endpoint}`);
    } else if (name === 'zipkin') {
      queue(construct('@opentelemetry/exporter-zipkin', 'ZipkinExporter'), 'zipkin');
      descriptions.push(name);
    } else if (name === 'console') {
      const { ConsoleSpanExporter, SimpleSpanProcessor } = sdkNode().tracing;
      processors.push(new SimpleSpanProcessor(new ConsoleSpanExporter()));
      descriptions.push(name);
    }
  }
  return { processors, queues, description: descriptions.join(' and ') || 'no exporter' };
}

/** For gRPC the official exporter; grpc-js is loaded by its first export. */
function otlpExporter(protocol: string): SpanExporter {
  return protocol === 'grpc'
    ? construct('@opentelemetry/exporter-trace-otlp-grpc', 'OTLPTraceExporter')
    : new OtlpHttpExporter(protocol);
}

function construct(packageName: string, className: string): SpanExporter {
  return new (besideSdkNode(packageName)[className] as ExporterClass)();
}
