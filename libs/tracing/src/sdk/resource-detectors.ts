import type { ResourceDetector } from '@opentelemetry/resources';
import type { Environment } from './environment.ts';
import { instrumentationBundle } from './packages.ts';

const KNOWN_TO_THE_SDK = ['env', 'host', 'os', 'process', 'serviceinstance', 'none'];

/**
 * The detectors that OTEL_NODE_RESOURCE_DETECTORS names, or undefined if the SDK handles it: its default (env, process,
 * host) distinguishes processes. The others, including `all`, are only in the bundle; those of clouds query the network
 * at every start, so they run only if they are named.
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
