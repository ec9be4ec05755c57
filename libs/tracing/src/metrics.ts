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
import {
  ATTR_LINK_RELATION,
  ATTR_LINK_VERDICT,
  ATTR_UPGRADE_OUTCOME,
  METRIC_LINKS,
  METRIC_MESSAGE_WAIT,
  METRIC_SAMPLER_UPGRADES,
  METRIC_SOURCE_AGE,
} from './attributes.ts';
import type { LinkRelation } from './relation.ts';

/**
 * The result of an attempted link. `ok`: the link exists. `shared`: another source with the same span and attributes
 * has it already. Otherwise the reason why there is none.
 */
export type LinkVerdict = CarrierVerdict | 'shared';

const METER = '@span-links/tracing';
// From queues that wait for moments to a weekly batch. The SDK's own boundaries end at ten seconds' worth of
// milliseconds.
const AGE_BOUNDARIES_S = [
  0.01, 0.05, 0.1, 0.5, 1, 5, 10, 30, 60, 300, 900, 1_800, 3_600, 7_200, 21_600, 43_200, 86_400, 604_800,
];

interface Instruments {
  readonly links: Counter;
  readonly sourceAge: Histogram;
  readonly messageWait: Histogram;
  readonly upgrades: Counter;
}

// The API has no proxy for meters: an instrument made before a provider is registered stays silent. So the instruments
// are made again whenever the provider changes, which costs one comparison per call.
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

/** Records the ages of the sources that have a creation time. A source from the future, by another clock, has age 0. */
export function recordSourceAges(sources: readonly Pick<LinkSource, 'createdAt'>[]): void {
  record(({ sourceAge }) => {
    const nowMs = Date.now();
    for (const { createdAt } of sources) {
      // A row may hold null in spite of its type, and null would be as old as the epoch. An invalid date has no age
      // either.
      const createdMs = Number(createdAt ?? NaN);
      if (Number.isFinite(createdMs)) sourceAge.record(Math.max(0, nowMs - createdMs) / 1_000);
    }
  });
}

/** Records how long messages waited, and also the age of the source. Leaves out messages without a wait. */
export function recordWaits(
  messages: readonly { readonly waitMs: number | undefined }[],
  queue: Attributes,
): void {
  record(({ sourceAge, messageWait }) => {
    for (const { waitMs } of messages) {
      if (waitMs === undefined) continue;
      sourceAge.record(waitMs / 1_000);
      messageWait.record(waitMs / 1_000, queue);
    }
  });
}

/** Counts a root span that only its links would keep. */
export function recordUpgrade(outcome: 'granted' | 'refused'): void {
  record(({ upgrades }) => upgrades.add(1, { [ATTR_UPGRADE_OUTCOME]: outcome }));
}

function record(write: (to: Instruments) => void): void {
  try {
    const registered = metrics.getMeterProvider();
    if (registered !== provider) {
      provider = registered;
      // First, so that a provider that fails is not asked again for every link.
      instruments = undefined;
      instruments = instrumentsOf(registered);
    }
    if (instruments) write(instruments);
  } catch {
    // The provider belongs to the user, and its failure must not break a batch.
  }
}

function instrumentsOf(registered: MeterProvider): Instruments | undefined {
  const meter = registered.getMeter(METER);
  // Nobody collects metrics, so the ages of 100,000 sources need no recording.
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
    messageWait: meter.createHistogram(METRIC_MESSAGE_WAIT, {
      unit: 's',
      description: 'Time from when a message was sent until its handling began.',
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
