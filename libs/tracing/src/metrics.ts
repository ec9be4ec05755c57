import {
  createNoopMeter,
  metrics,
  type Attributes,
  type Counter,
  type Histogram,
  type MeterProvider,
} from '@opentelemetry/api';
import type { LinkSet, LinkSource } from './links.ts';
import type { CarrierVerdict } from './carrier.ts';
import { ATTR_LINK_RELATION, type LinkRelation } from './relation.ts';

/**
 * Counter, `{link}`: links that were attempted, by `spanlinks.relation` and {@link ATTR_LINK_VERDICT}. One for each source, so
 * that the sum over all verdicts is what was attempted.
 */
export const METRIC_LINKS = 'spanlinks.links';
/** Histogram, seconds: how old a source was when it was worked on, where it says when it was made. */
export const METRIC_SOURCE_AGE = 'spanlinks.source.age';
/**
 * Counter, `{span}`: root spans that the sampler wanted to keep for their links alone, by {@link ATTR_UPGRADE_OUTCOME}.
 */
export const METRIC_SAMPLER_UPGRADES = 'spanlinks.sampler.upgrades';
/** Metric attribute: a {@link LinkVerdict}. */
export const ATTR_LINK_VERDICT = 'spanlinks.verdict';
/** Metric attribute: `granted`, or `refused` by the bound of the rate. */
export const ATTR_UPGRADE_OUTCOME = 'spanlinks.outcome';

/**
 * What became of an attempted link: `ok`, the link is there; `shared`, another source of the same span had it already; or
 * why there is none.
 */
export type LinkVerdict = CarrierVerdict | 'shared';

const METER = '@span-links/tracing';
// From what a queue holds for moments to what a weekly batch does. The SDK's own boundaries end at ten seconds' worth
// of milliseconds.
const AGE_BOUNDARIES_S = [
  0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800,
];

interface Instruments {
  readonly links: Counter;
  readonly sourceAge: Histogram;
  readonly upgrades: Counter;
}

// The API has no proxy for meters: an instrument made before a provider was registered stays mute for ever. So they are
// made anew whenever another provider is there, which costs one comparison a call.
let provider: MeterProvider | undefined;
let instruments: Instruments | undefined;

/** Counts one attempted link. */
export function recordLink(relation: LinkRelation, verdict: LinkVerdict): void {
  record(({ links }) => links.add(1, verdictAttributes(relation, verdict)));
}

/** Counts the links of a set of sources, each source once. */
export function recordLinks(relation: LinkRelation, set: LinkSet): void {
  record(({ links }) => {
    const add = (count: number, verdict: LinkVerdict) => {
      if (count > 0) links.add(count, verdictAttributes(relation, verdict));
    };
    add(set.links.length, 'ok');
    add(set.linkOfSource.length - set.missingCount - set.links.length, 'shared');
    for (const [reason, count] of Object.entries(set.missing)) add(count, reason as LinkVerdict);
  });
}

/** Takes the ages of the sources that say when they were made. One from the future, by another clock, is of age 0. */
export function recordSourceAges(sources: readonly Pick<LinkSource, 'createdAt'>[]): void {
  record(({ sourceAge }) => {
    const nowMs = Date.now();
    for (const { createdAt } of sources) {
      // A row may hold null against its type, which would be as old as the epoch. An invalid date has no age either.
      const createdMs = Number(createdAt ?? NaN);
      if (Number.isFinite(createdMs)) sourceAge.record(Math.max(0, nowMs - createdMs) / 1_000);
    }
  });
}

/** Counts a root span that links alone would keep. */
export function recordUpgrade(outcome: 'granted' | 'refused'): void {
  record(({ upgrades }) => upgrades.add(1, { [ATTR_UPGRADE_OUTCOME]: outcome }));
}

function record(write: (to: Instruments) => void): void {
  try {
    const registered = metrics.getMeterProvider();
    if (registered !== provider) {
      provider = registered;
      // First, lest a provider that fails is asked again for every link.
      instruments = undefined;
      instruments = instrumentsOf(registered);
    }
    if (instruments) write(instruments);
  } catch {
    // The provider is the user's, and what it fails at is not worth a batch.
  }
}

function instrumentsOf(registered: MeterProvider): Instruments | undefined {
  const meter = registered.getMeter(METER);
  // Nobody listens, so the ages of 100,000 sources need not be taken.
  if (meter === createNoopMeter()) return undefined;
  return {
    links: meter.createCounter(METRIC_LINKS, {
      unit: '{link}',
      description: 'Span links that were attempted, by what became of them.',
    }),
    sourceAge: meter.createHistogram(METRIC_SOURCE_AGE, {
      unit: 's',
      description: 'Age of a source when it was worked on.',
      advice: { explicitBucketBoundaries: AGE_BOUNDARIES_S },
    }),
    upgrades: meter.createCounter(METRIC_SAMPLER_UPGRADES, {
      unit: '{span}',
      description: 'Root spans that the link sampler wanted to keep against its fallback.',
    }),
  };
}

function verdictAttributes(relation: LinkRelation, verdict: LinkVerdict): Attributes {
  return { [ATTR_LINK_RELATION]: relation, [ATTR_LINK_VERDICT]: verdict };
}
