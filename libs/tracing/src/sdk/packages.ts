import type * as Bundle from '@opentelemetry/auto-instrumentations-node';
import type * as Core from '@opentelemetry/core';
import type * as InstrumentationPackage from '@opentelemetry/instrumentation';
import type * as OtlpNodeHttp from '@opentelemetry/otlp-exporter-base/node-http';
import type * as OtlpTransformer from '@opentelemetry/otlp-transformer';
import type * as SdkNode from '@opentelemetry/sdk-node';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import { createRequire } from 'node:module';

type OtlpHttpSettings = ReturnType<typeof OtlpNodeHttp.convertLegacyHttpOptions>;
type OtlpTraceEncoding = OtlpTransformer.ISerializer<
  ReadableSpan[],
  OtlpTransformer.IExportTraceServiceResponse
>;

/**
 * The OpenTelemetry packages are loaded here and nowhere else, and only once tracing is wanted: a process with
 * OTEL_SDK_DISABLED=true then pays nothing for them. `require` and not `import()`, because a start from `--import` has
 * to be over before the application's first module is evaluated.
 */
const here = createRequire(import.meta.url);

/**
 * Exporters, detectors and instrumentations are taken from where the SDK and the bundle see them, so that they are the
 * very versions those ship: a second copy of a package costs load time (measured 2026-11-22: sdk-node 700 ms with eight
 * copies of sdk-metrics and core, 130 ms with one).
 */
function nextTo(...path: string[]): NodeJS.Require {
  return path.reduce((require, packageName) => createRequire(require.resolve(packageName)), here);
}

export function sdkNode(): typeof SdkNode {
  return here('@opentelemetry/sdk-node') as typeof SdkNode;
}

export function otelCore(): typeof Core {
  return nextTo('@opentelemetry/sdk-node')('@opentelemetry/core') as typeof Core;
}

/** What the official OTLP/HTTP exporter makes of OTEL_EXPORTER_OTLP_*: endpoint, headers, TLS files, timeout. */
export function otlpHttpSettings(requiredHeaders: Record<string, string>): OtlpHttpSettings {
  const { convertLegacyHttpOptions } = besideSdkNode(
    '@opentelemetry/otlp-exporter-base/node-http',
  ) as unknown as typeof OtlpNodeHttp;
  // Called "legacy" for the shape of its first argument, which is empty here; it is what 0.223's exporters use.
  return convertLegacyHttpOptions({}, 'TRACES', 'v1/traces', requiredHeaders);
}

/** The encoder of the official exporter for `http/protobuf` or `http/json`. */
export function otlpEncoding(protocol: string): OtlpTraceEncoding {
  const transformer = nextTo(
    '@opentelemetry/sdk-node',
    '@opentelemetry/otlp-exporter-base',
  )('@opentelemetry/otlp-transformer') as typeof OtlpTransformer;
  return protocol === 'http/json' ? transformer.JsonTraceSerializer : transformer.ProtobufTraceSerializer;
}

export function instrumentationBundle(): typeof Bundle {
  return here('@opentelemetry/auto-instrumentations-node') as typeof Bundle;
}

/** What instrumentations are made of. */
export function instrumentationBase(): typeof InstrumentationPackage {
  return nextTo('@opentelemetry/sdk-node')('@opentelemetry/instrumentation') as typeof InstrumentationPackage;
}

/** A package that sdk-node depends on. */
export function besideSdkNode(packageName: string): Record<string, unknown> {
  return nextTo('@opentelemetry/sdk-node')(packageName) as Record<string, unknown>;
}

/** A package that auto-instrumentations-node ships, or undefined if it ships none of that name. */
export function besideBundle(packageName: string): Record<string, unknown> | undefined {
  const require = nextTo('@opentelemetry/auto-instrumentations-node');
  try {
    require.resolve(packageName);
  } catch {
    return undefined;
  }
  return require(packageName) as Record<string, unknown>;
}
