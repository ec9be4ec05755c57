import type { ResourceDetector } from '@opentelemetry/resources';
import type { Environment } from './environment.ts';
import { instrumentationBundle } from './packages.ts';

const KNOWN_TO_THE_SDK = ['env', 'host', 'os', 'process', 'serviceinstance', 'none'];

/**
 * The detectors that OTEL_NODE_RESOURCE_DETECTORS names, or undefined where the SDK sees to it by itself: its default
 * (env, process, host) tells processes apart. The others, `all` included, are in the bundle alone; the clouds' ask the
 * network at every start, so they are for those who name them.
 */
export function resourceDetectors(
  environment: Environment,
  complain: (line: string) => void,
): ResourceDetector[] | undefined {
  const names = environment['OTEL_NODE_RESOURCE_DETECTORS']?.split(',') ?? [];
  if (names.every((name) => KNOWN_TO_THE_SDK.includes(name))) return undefined;
  const bundle = instrumentationBundle();
  if (bundle === undefined) {
    complain(
      'OTEL_NODE_RESOURCE_DETECTORS: auto-instrumentations-node, which has them, is not installed; using those of the SDK',
    );
  }
  return bundle?.getResourceDetectors();
}
