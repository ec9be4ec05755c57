import type { Link, Span } from '@opentelemetry/api';
import { randomBytes } from 'node:crypto';
import { createRequire } from 'node:module';
import { setImmediate, setTimeout } from 'node:timers/promises';
import { join } from 'node:path';
import type { ApiCopy, ContextFacts, LinkFacts, PropagationFacts, SamplerFacts } from './facts.ts';
import type { InstalledPackage } from './installed-packages.ts';
import {
  EMPTY_CONTEXT,
  contextWithSampledParent,
  doctorTracer,
  registeredApi,
  type SdkTracer,
} from './registered-api.ts';

/** Far above every limit in use. */
const LINKS_GIVEN = 1_000;
const ATTRIBUTES_GIVEN = 200;

/** Few enough for a LinkSampler's rate cap (100 a second); a sampler of 90 % keeps all of them 1 time in 500. */
const SAMPLER_TRIALS = 60;

const MARK = Symbol('span-links doctor');

/** Whether a value set in the context survives awaits and timers. */
export async function observeContext(): Promise<ContextFacts> {
  const manager = registeredApi()?.context;
  if (manager === undefined) return { acrossAwait: false, acrossTimers: false };
  const isThere = (): boolean => manager.active().getValue(MARK) === true;
  return manager.with(EMPTY_CONTEXT.setValue(MARK, true), async () => {
    await Promise.resolve();
    const acrossAwait = isThere();
    await setTimeout(1);
    await setImmediate();
    return { acrossAwait, acrossTimers: isThere() };
  });
}

/** Gives a span more links than it can keep. The span never ends, so nothing of it is exported. */
export function observeLinks(): LinkFacts | undefined {
  const tracer = doctorTracer();
  if (tracer === undefined) return undefined;
  const links = Array.from({ length: LINKS_GIVEN }, (_, index) => sampledLink(index === LINKS_GIVEN - 1));
  const span = recordedSpan(tracer, links) as
    (Span & { links?: Link[]; droppedLinksCount?: number }) | undefined;
  if (!Array.isArray(span?.links)) return undefined;
  return {
    given: LINKS_GIVEN,
    kept: span.links.length,
    dropped: span.droppedLinksCount ?? LINKS_GIVEN - span.links.length,
    attributesGiven: ATTRIBUTES_GIVEN,
    attributesKept: Object.keys(span.links.at(-1)?.attributes ?? {}).length,
  };
}

function recordedSpan(tracer: SdkTracer, links: Link[]): Span | undefined {
  const asRoot = tracer.startSpan('span-links doctor', { root: true, links }, EMPTY_CONTEXT);
  if (asRoot.isRecording()) return asRoot;
  const asChild = tracer.startSpan('span-links doctor', { links }, contextWithSampledParent());
  return asChild.isRecording() ? asChild : undefined;
}

function sampledLink(withAttributes = false): Link {
  const context = {
    traceId: randomBytes(16).toString('hex'),
    spanId: randomBytes(8).toString('hex'),
    traceFlags: 1,
    isRemote: true,
  };
  if (!withAttributes) return { context };
  const attributes = Array.from({ length: ATTRIBUTES_GIVEN }, (_, index) => [`doctor.${index}`, index]);
  return { context, attributes: Object.fromEntries(attributes) as Record<string, number> };
}

export function observeSampler(): SamplerFacts | undefined {
  const tracer = doctorTracer();
  if (tracer === undefined) return undefined;
  const kept = (links: () => Link[]): number => {
    let sampled = 0;
    for (let trial = 0; trial < SAMPLER_TRIALS; trial++) {
      const span = tracer.startSpan('span-links doctor', { root: true, links: links() }, EMPTY_CONTEXT);
      sampled += span.spanContext().traceFlags & 1;
    }
    return sampled;
  };
  return {
    description: tracer._sampler?.toString(),
    trials: SAMPLER_TRIALS,
    keptWithoutLinks: kept(() => []),
    keptWithSampledLinks: kept(() => [sampledLink()]),
  };
}

export function observePropagation(): PropagationFacts | undefined {
  const propagator = registeredApi()?.propagation;
  if (propagator === undefined) return undefined;
  const carrier: Record<string, string> = {};
  propagator.inject(contextWithSampledParent(), carrier, {
    set: (target: Record<string, string>, key, value) => void (target[key.toLowerCase()] = value),
  });
  return { fields: propagator.fields(), writesTraceparent: carrier['traceparent'] !== undefined };
}

/** Loads every copy of the API as its users do, and reads its provider. */
export function observeApiCopies(packages: readonly InstalledPackage[]): ApiCopy[] {
  const registered = registeredApi()?.trace;
  return packages
    .filter(({ name }) => name === '@opentelemetry/api')
    .map(({ path, version }) => {
      const { trace } = createRequire(join(path, 'package.json'))('@opentelemetry/api') as {
        trace: { getTracerProvider(): unknown };
      };
      return { path, version, connected: trace.getTracerProvider() === registered };
    });
}
