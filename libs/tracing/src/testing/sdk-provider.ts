import type { TracerProvider } from '@opentelemetry/api';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { SpanRecorder } from './span-recorder.ts';

type ProviderConstructor = new (options: object) => TracerProvider;

// 3.x has only the first. 2.x has both since 2.11, but there the second reads OTEL_* variables, which a test should
// not.
const TRACE_PACKAGES = ['@opentelemetry/sdk-trace', '@opentelemetry/sdk-trace-base'];
// The packages on which applications depend. A strict package manager (pnpm) shows the trace package only to these.
const BUNDLES = ['@opentelemetry/sdk-node', '@opentelemetry/sdk-trace-node'];
const RECORD_AND_SAMPLED = 2;
const sampleEverything = {
  shouldSample: () => ({ decision: RECORD_AND_SAMPLED }),
  toString: () => 'sampleEverything',
};

/**
 * A provider of the SDK of the project under test. Loaded by name from there and not imported: this package works with
 * 2.x and 3.x, whose packages have different names, and must depend on neither.
 *
 * @param from file name or URL of a module of the project; the working directory by default.
 */
export function sdkProvider(
  processor: Pick<SpanRecorder, 'onStart' | 'onEnd' | 'forceFlush' | 'shutdown'>,
  from: string = join(process.cwd(), 'package.json'),
): TracerProvider {
  const Provider = providerClass(createRequire(from));
  if (!Provider) {
    throw new Error(
      `recordSpans() found no OpenTelemetry SDK from ${from}. Install @opentelemetry/sdk-trace-base (2.x) or ` +
        '@opentelemetry/sdk-trace (3.x), pass the path of one of its files as `from`, or add a SpanRecorder to the spanProcessors of ' +
        'your own provider.',
    );
  }
  return new Provider({ sampler: sampleEverything, spanProcessors: [processor] });
}

function providerClass(project: NodeJS.Require): ProviderConstructor | undefined {
  const bases = [project, ...BUNDLES.map((name) => besides(project, name))];
  for (const require of bases) {
    for (const name of TRACE_PACKAGES) {
      const sdk = require && loaded(require, name);
      const Provider = sdk?.['TracerProvider'] ?? sdk?.['BasicTracerProvider'];
      if (typeof Provider === 'function') return Provider as ProviderConstructor;
    }
  }
  return undefined;
}

function besides(project: NodeJS.Require, name: string): NodeJS.Require | undefined {
  const path = resolved(project, name);
  return path === undefined ? undefined : createRequire(path);
}

function loaded(require: NodeJS.Require, name: string): Record<string, unknown> | undefined {
  return resolved(require, name) === undefined ? undefined : (require(name) as Record<string, unknown>);
}

function resolved(require: NodeJS.Require, name: string): string | undefined {
  try {
    return require.resolve(name);
  } catch {
    return undefined;
  }
}
