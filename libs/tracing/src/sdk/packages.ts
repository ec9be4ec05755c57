import { createRequire } from 'node:module';

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
const nextTo = (packageName: string): NodeJS.Require => createRequire(here.resolve(packageName));

export function sdkNode(): typeof import('@opentelemetry/sdk-node') {
  return here('@opentelemetry/sdk-node') as typeof import('@opentelemetry/sdk-node');
}

export function otelCore(): typeof import('@opentelemetry/core') {
  return nextTo('@opentelemetry/sdk-node')('@opentelemetry/core') as typeof import('@opentelemetry/core');
}

export function instrumentationBundle(): typeof import('@opentelemetry/auto-instrumentations-node') {
  return here(
    '@opentelemetry/auto-instrumentations-node',
  ) as typeof import('@opentelemetry/auto-instrumentations-node');
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
