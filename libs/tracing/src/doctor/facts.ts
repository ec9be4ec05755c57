import type { InstalledPackage } from './installed-packages.ts';

/**
 * Observations from inside the probed process: no judgement, no secrets. A part that could not be observed is left out,
 * and its check then says so.
 */
export interface Facts {
  readonly node: string;
  readonly platform: string;
  /** `set-up`: the start-up modules alone; `app`: with the application running. */
  readonly mode: 'set-up' | 'app';
  readonly moduleType: 'module' | 'commonjs';
  readonly environment: OpenTelemetryEnvironment;
  readonly packages: readonly InstalledPackage[];
  /** Version of the API that registered; undefined if none did. */
  readonly registeredBy?: string | undefined;
  readonly provider?: string | undefined;
  readonly apiCopies?: readonly ApiCopy[] | undefined;
  readonly context?: ContextFacts | undefined;
  readonly links?: LinkFacts | undefined;
  readonly sampler?: SamplerFacts | undefined;
  readonly propagation?: PropagationFacts | undefined;
  readonly processors?: readonly ProcessorFacts[] | undefined;
  readonly endpoints?: readonly EndpointFacts[] | undefined;
  readonly loading?: LoadingFacts | undefined;
  readonly pg?: { readonly spanWithoutParent: boolean } | undefined;
}

/** Settings as the process sees them, without headers and other values that may be secret. */
export interface OpenTelemetryEnvironment {
  readonly sdkDisabled: boolean;
  readonly tracesExporter?: string | undefined;
  readonly linkLimit?: string | undefined;
  readonly attributesPerLink?: string | undefined;
  readonly queueSize?: string | undefined;
}

export interface ApiCopy {
  readonly path: string;
  readonly version: string;
  /** Whether this copy returns the registered provider. */
  readonly connected: boolean;
}

export interface ContextFacts {
  readonly acrossAwait: boolean;
  readonly acrossTimers: boolean;
}

export interface LinkFacts {
  readonly given: number;
  readonly kept: number;
  readonly dropped: number;
  readonly attributesGiven: number;
  readonly attributesKept: number;
}

export interface SamplerFacts {
  readonly description: string | undefined;
  /** The number of root spans started, per kind. */
  readonly trials: number;
  readonly keptWithoutLinks: number;
  readonly keptWithSampledLinks: number;
}

export interface PropagationFacts {
  readonly fields: readonly string[];
  readonly writesTraceparent: boolean;
}

export interface ProcessorFacts {
  readonly name: string;
  readonly queueSize?: number | undefined;
  readonly exporter?: string | undefined;
}

export interface EndpointFacts {
  /** Without credentials and query. */
  readonly url: string;
  readonly transport: 'grpc' | 'http';
  readonly outcome: EndpointOutcome;
}

export type EndpointOutcome =
  | { readonly kind: 'answered'; readonly status: number }
  | { readonly kind: 'connected' }
  | { readonly kind: 'failed'; readonly reason: string };

export interface LoadingFacts {
  /** Packages that were loaded when the tracer provider was registered. */
  readonly beforeRegistration: readonly string[];
  /** Per observable package: whether an instrumentation has patched it. */
  readonly patched: Readonly<Record<string, Patched>>;
  readonly http: Patched;
  /** Whether the start-up has loaded OpenTelemetry's instrumentation of NestJS. */
  readonly officialNest: boolean;
}

/** `when required`: not for code that imports it, unless somebody has called `require` for it. */
export type Patched = 'yes' | 'when required' | 'no';

/** How the process reacted to SIGTERM. */
export interface Ending {
  readonly died: boolean;
  readonly how: string;
  /** Whether the span processors were told to send their spans. */
  readonly flushed: boolean;
}
