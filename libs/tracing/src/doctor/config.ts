import type { OpenTelemetryEnvironment } from './facts.ts';

/** The settings that the command passes to the process that it starts. */
export interface ProbeSettings {
  readonly mode: 'set-up' | 'app';
  /** Milliseconds that an application gets to start before it is observed. */
  readonly waitMs: number;
  /** Milliseconds after which the process ends itself if its parent is gone. */
  readonly deadlineMs: number;
  /** The user's own NODE_OPTIONS. */
  readonly nodeOptions: string | undefined;
}

const SETTINGS = 'SPAN_LINKS_DOCTOR_PROBE';

/**
 * The environment of the probed process: the user's own, with the preload in front of everything in NODE_OPTIONS. A
 * `--require` on the command line would run after one in the user's NODE_OPTIONS.
 */
export function probeEnvironment(
  preload: string,
  settings: Omit<ProbeSettings, 'nodeOptions'>,
): NodeJS.ProcessEnv {
  const nodeOptions = process.env['NODE_OPTIONS'];
  const quoted = `"${preload.replace(/[\\"]/g, '\\$&')}"`;
  return {
    ...process.env,
    // Only the application may send the spans of a killed process, not a diagnosis of it.
    SPAN_LINKS_JOURNAL: 'off',
    NODE_OPTIONS: [`--require ${quoted}`, nodeOptions ?? ''].join(' ').trim(),
    [SETTINGS]: JSON.stringify({ ...settings, nodeOptions }),
  };
}

/**
 * Reads the settings and removes them from the environment, so that processes started by the user's code are not probed
 * too.
 */
export function takeProbeSettings(): ProbeSettings | undefined {
  const text = process.env[SETTINGS];
  if (text === undefined) return undefined;
  const settings = JSON.parse(text) as ProbeSettings;
  delete process.env[SETTINGS];
  if (settings.nodeOptions === undefined) delete process.env['NODE_OPTIONS'];
  else process.env['NODE_OPTIONS'] = settings.nodeOptions;
  return settings;
}

export function openTelemetryEnvironment(): OpenTelemetryEnvironment {
  return {
    sdkDisabled: process.env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true',
    tracesExporter: valueOf('OTEL_TRACES_EXPORTER'),
    linkLimit: valueOf('OTEL_SPAN_LINK_COUNT_LIMIT'),
    attributesPerLink:
      valueOf('OTEL_SPAN_ATTRIBUTE_PER_LINK_COUNT_LIMIT') ?? valueOf('OTEL_LINK_ATTRIBUTE_COUNT_LIMIT'),
    queueSize: valueOf('OTEL_BSP_MAX_QUEUE_SIZE'),
  };
}

/** The target of OTLP traces according to the variables. The headers may contain keys, so they stay in the process. */
export function otlpFromEnvironment(): { protocol: string; url: string; headers: Record<string, string> } {
  const protocol =
    valueOf('OTEL_EXPORTER_OTLP_TRACES_PROTOCOL') ??
    valueOf('OTEL_EXPORTER_OTLP_PROTOCOL') ??
    'http/protobuf';
  const general = valueOf('OTEL_EXPORTER_OTLP_ENDPOINT');
  const fallback = protocol === 'grpc' ? 'http://localhost:4317' : 'http://localhost:4318/v1/traces';
  const fromGeneral =
    general === undefined || protocol === 'grpc' ? general : `${general.replace(/\/$/, '')}/v1/traces`;
  return {
    protocol,
    url: valueOf('OTEL_EXPORTER_OTLP_TRACES_ENDPOINT') ?? fromGeneral ?? fallback,
    headers: {
      ...pairsOf(valueOf('OTEL_EXPORTER_OTLP_HEADERS')),
      ...pairsOf(valueOf('OTEL_EXPORTER_OTLP_TRACES_HEADERS')),
    },
  };
}

/** https://no-color.org: any value but the empty one counts. */
export function noColour(): boolean {
  return (process.env['NO_COLOR'] ?? '') !== '';
}

function valueOf(name: string): string | undefined {
  const value = process.env[name]?.trim();
  return value === '' ? undefined : value;
}

function pairsOf(text: string | undefined): Record<string, string> {
  const pairs = (text ?? '').split(',').flatMap((pair): [string, string][] => {
    const equals = pair.indexOf('=');
    if (equals < 1) return [];
    return [[pair.slice(0, equals).trim(), decoded(pair.slice(equals + 1).trim())]];
  });
  return Object.fromEntries(pairs);
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
