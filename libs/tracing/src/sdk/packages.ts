import type * as Bundle from '@opentelemetry/auto-instrumentations-node';
import type * as Core from '@opentelemetry/core';
import type * as InstrumentationPackage from '@opentelemetry/instrumentation';
import type * as OtlpNodeHttp from '@opentelemetry/otlp-exporter-base/node-http';
import type * as Resources from '@opentelemetry/resources';
import type * as SdkMetrics from '@opentelemetry/sdk-metrics';
import type * as SdkNode from '@opentelemetry/sdk-node';
import type * as SdkTrace from '@opentelemetry/sdk-trace-base';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';

/** The packages of the start, for the error that tells how to install them. */
export const INSTALL_COMMAND =
  'npm install @opentelemetry/sdk-node @opentelemetry/auto-instrumentations-node';

const SDK_NODE = '@opentelemetry/sdk-node';
const BUNDLE = '@opentelemetry/auto-instrumentations-node';

type OtlpHttpSettings = ReturnType<typeof OtlpNodeHttp.convertLegacyHttpOptions>;

export type OtlpSignal = 'traces' | 'metrics';

/** One signal in one of the encodings of OTLP. */
export interface OtlpEncoding<Payload> {
  serializeRequest(payload: Payload): Uint8Array | undefined;
  deserializeResponse(response: Uint8Array): {
    readonly partialSuccess?: {
      readonly rejectedSpans?: unknown;
      readonly rejectedDataPoints?: unknown;
      readonly errorMessage?: string;
    };
  };
}

/** A package that the start needs is missing. */
export class MissingPackageError extends Error {
  constructor(packageName: string) {
    super(`${packageName} is not installed (${INSTALL_COMMAND})`);
    this.name = 'MissingPackageError';
  }
}

/**
 * Loads the OpenTelemetry packages. Nothing else loads them, and only once tracing is wanted, so a process with
 * OTEL_SDK_DISABLED=true pays nothing for them. Uses `require` and not `import()`, because a start from `--import` must
 * end before the application's first module is evaluated.
 */
const here = createRequire(import.meta.url);

/** Loads a module as this library does. Hooks of `require` see it. */
export function loadModule(name: string): unknown {
  return here(name) as unknown;
}

/**
 * The SDK is an optional peer dependency. If this library is linked or installed apart from the application (a
 * workspace, pnpm, a global install), it searches for the application's packages from the working directory and from
 * the main module.
 */
function viewOf(packageName: string): NodeJS.Require | undefined {
  const main = process.argv[1];
  const application = [join(process.cwd(), 'package.json'), ...(main === undefined ? [] : [resolve(main)])];
  return [here, ...application.map((file) => createRequire(file))].find((view) => sees(view, packageName));
}

function sees(view: NodeJS.Require, packageName: string): boolean {
  try {
    view.resolve(packageName);
    return true;
  } catch {
    return false;
  }
}

function viewOfRequired(packageName: string): NodeJS.Require {
  const view = viewOf(packageName);
  if (view === undefined) throw new MissingPackageError(packageName);
  return view;
}

/**
 * Loads exporters, detectors and instrumentations from the place of the SDK and the bundle, so that they have the same
 * versions: a second copy of a package costs load time (measured 2026-11-22: sdk-node 700 ms with eight copies of
 * sdk-metrics and core, 130 ms with one).
 */
function inside(view: NodeJS.Require, packageName: string): NodeJS.Require {
  return createRequire(view.resolve(packageName));
}

function insideSdkNode(): NodeJS.Require {
  return inside(viewOfRequired(SDK_NODE), SDK_NODE);
}

/** @throws {MissingPackageError} */
export function sdkNode(): typeof SdkNode {
  return viewOfRequired(SDK_NODE)(SDK_NODE) as typeof SdkNode;
}

/** A package that sdk-node depends on. @throws {MissingPackageError} */
export function besideSdkNode(packageName: string): Record<string, unknown> {
  return insideSdkNode()(packageName) as Record<string, unknown>;
}

export function otelCore(): typeof Core {
  return besideSdkNode('@opentelemetry/core') as unknown as typeof Core;
}

export function otelResources(): typeof Resources {
  return besideSdkNode('@opentelemetry/resources') as unknown as typeof Resources;
}

export function sdkMetrics(): typeof SdkMetrics {
  return besideSdkNode('@opentelemetry/sdk-metrics') as unknown as typeof SdkMetrics;
}

/** Samplers and simple processors. The SDK 3.x has no sdk-trace-base, and early 2.x has no successor of it. */
export function sdkTrace(): typeof SdkTrace {
  const view = insideSdkNode();
  const name = sees(view, '@opentelemetry/sdk-trace')
    ? '@opentelemetry/sdk-trace'
    : '@opentelemetry/sdk-trace-base';
  return view(name) as typeof SdkTrace;
}

/** The official OTLP/HTTP exporter's settings from OTEL_EXPORTER_OTLP_*: endpoint, headers, TLS files, timeout. */
export function otlpHttpSettings(
  signal: OtlpSignal,
  requiredHeaders: Record<string, string>,
): OtlpHttpSettings {
  const { convertLegacyHttpOptions } = besideSdkNode(
    '@opentelemetry/otlp-exporter-base/node-http',
  ) as unknown as typeof OtlpNodeHttp;
  // Called "legacy" for the shape of its first argument, which is empty here. The exporters of 0.223 and 0.301 use it.
  return convertLegacyHttpOptions({}, signal.toUpperCase(), `v1/${signal}`, requiredHeaders);
}

/** The encoder of the official exporter for `http/protobuf` or `http/json`. */
export function otlpEncoding<Payload>(signal: OtlpSignal, protocol: string): OtlpEncoding<Payload> {
  const transformer = inside(
    insideSdkNode(),
    '@opentelemetry/otlp-exporter-base',
  )('@opentelemetry/otlp-transformer') as Record<string, OtlpEncoding<Payload>>;
  const format = protocol === 'http/json' ? 'Json' : 'Protobuf';
  const encoding = transformer[`${format}${signal === 'traces' ? 'Trace' : 'Metrics'}Serializer`];
  if (encoding === undefined) throw new Error(`otlp-transformer has no ${format} encoding of ${signal}`);
  return encoding;
}

/** Undefined if auto-instrumentations-node is not installed. */
export function instrumentationBundle(): typeof Bundle | undefined {
  return viewOf(BUNDLE)?.(BUNDLE) as typeof Bundle | undefined;
}

/** Whether auto-instrumentations-node is installed. Does not load it. */
export function hasInstrumentationBundle(): boolean {
  return viewOf(BUNDLE) !== undefined;
}

/** The options of an instrumentation's constructor. */
export function instrumentationBase(): typeof InstrumentationPackage {
  return besideSdkNode('@opentelemetry/instrumentation') as unknown as typeof InstrumentationPackage;
}

/** An instrumentation that auto-instrumentations-node ships, or a separately installed one; otherwise undefined. */
export function instrumentationPackage(packageName: string): Record<string, unknown> | undefined {
  const bundleView = viewOf(BUNDLE);
  const shipped = bundleView && inside(bundleView, BUNDLE);
  const view = shipped && sees(shipped, packageName) ? shipped : viewOf(packageName);
  return view?.(packageName) as Record<string, unknown> | undefined;
}
