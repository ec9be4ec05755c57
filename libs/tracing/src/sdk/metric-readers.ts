import type { IMetricReader, PushMetricExporter, ResourceMetrics } from '@opentelemetry/sdk-metrics';
import type { TracingConfig } from './config.ts';
import { failureOf } from './export-failure.ts';
import { OtlpHttpExporter } from './otlp-http-exporter.ts';
import { besideSdkNode, sdkMetrics } from './packages.ts';

export interface MetricReaders {
  readonly readers: IMetricReader[];
  /** A description of what is sent where, for people; undefined for nothing. */
  readonly description: string | undefined;
  /** The process is about to end: no more retries. */
  finishUp(): void;
  /** Drops every request, answered or not, so that nothing keeps the process alive. */
  letGo(): void;
}

type MetricSender = OtlpHttpExporter<ResourceMetrics>;

/**
 * Builds one reader for each exporter of OTEL_METRICS_EXPORTER, none by default. The SDK would build them as well, but
 * its OTLP exporter retries for 10 s at a dead backend when the process could have ended.
 */
export function metricReaders(config: TracingConfig, log: (line: string) => void): MetricReaders {
  const { exporters, protocol, endpoint } = config.metrics;
  const readers: IMetricReader[] = [];
  const senders: MetricSender[] = [];
  const descriptions: string[] = [];
  for (const name of exporters) {
    if (name === 'otlp') {
      readers.push(periodic(config, otlpExporter(config, senders, log)));
      descriptions.push(`otlp ${protocol} ${endpoint}`);
    } else if (name === 'console') {
      readers.push(periodic(config, new (sdkMetrics().ConsoleMetricExporter)()));
      descriptions.push(name);
    } else if (name === 'prometheus') {
      readers.push(construct<IMetricReader>('@opentelemetry/exporter-prometheus', 'PrometheusExporter'));
      descriptions.push(name);
    }
  }
  return {
    readers,
    description: descriptions.length > 0 ? descriptions.join(' and ') : undefined,
    finishUp: () => senders.forEach((sender) => sender.finishUp()),
    letGo: () => senders.forEach((sender) => void sender.shutdown().catch(() => {})),
  };
}

function periodic({ metrics }: TracingConfig, exporter: PushMetricExporter): IMetricReader {
  const { PeriodicExportingMetricReader } = sdkMetrics();
  return new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: metrics.intervalMs,
    exportTimeoutMillis: metrics.timeoutMs,
  });
}

/** The official exporter chooses temporality and aggregation. For gRPC it also sends. */
function otlpExporter(
  { metrics }: TracingConfig,
  senders: MetricSender[],
  log: (line: string) => void,
): PushMetricExporter {
  const { protocol, endpoint } = metrics;
  const variant = protocol === 'grpc' ? 'grpc' : protocol === 'http/json' ? 'http' : 'proto';
  const official = construct<PushMetricExporter>(
    `@opentelemetry/exporter-metrics-otlp-${variant}`,
    'OTLPMetricExporter',
  );
  if (protocol === 'grpc') return official;
  const sender: MetricSender = new OtlpHttpExporter('metrics', protocol);
  senders.push(sender);
  let failing = false;
  return {
    selectAggregation: official.selectAggregation?.bind(official),
    selectAggregationTemporality: official.selectAggregationTemporality?.bind(official),
    export: (batch, done) =>
      sender.export(batch, (result) => {
        const failed = result.code !== 0;
        if (failed !== failing) {
          log(
            failed
              ? `metrics backend ${endpoint} takes no metrics (${failureOf(result.error).reason}); nothing is kept until it does`
              : `metrics backend ${endpoint} takes metrics again`,
          );
        }
        failing = failed;
        done(result);
      }),
    forceFlush: () => Promise.resolve(),
    shutdown: () => sender.shutdown(),
  } as PushMetricExporter;
}

function construct<T>(packageName: string, className: string): T {
  return new (besideSdkNode(packageName)[className] as new () => T)();
}
