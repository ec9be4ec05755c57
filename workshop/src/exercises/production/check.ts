import type { CheckedSpan } from '../../checked-span.ts';
import { exercise } from '../../exercise.ts';
import { firstOf, type Finding } from '../../finding.ts';
import { matching } from '../../matching.ts';
import type { Run } from '../../run.ts';
import { threw } from '../outcome.ts';
import type { Facts } from './scenario.ts';

type Production = Run<Facts>;
const TEN_MINUTES_MS = 600_000;

export const production = exercise<Facts>({
  id: '6-production',
  title: 'Production: what costs links',
  minutes: 15,
  check: (run) => firstOf(run, [died, sampling, queue, backend, links, place, waiting, shortBatch, reason]),
  isPictured: ({ name, service }) =>
    /^(receive-order|process-batch)/.test(name) && service.startsWith('orders-'),
  spotlight: (run) => ownBatches(run)[0] ?? plantedBatches(run)[0],
  praise: ({ facts }) =>
    `All ${facts.sources.length} links arrived, past the sampler, the limit of 128, a full queue and a dead backend, and the incident is explained.`,
});

const ownBatches = (run: Production) =>
  run.named(/^process-batch/).filter(({ service }) => service === 'orders-batch');
const plantedBatches = (run: Production) =>
  run.named('process-batch').filter(({ service }) => service === 'shop-batch');

function died(run: Production): Finding[] {
  return threw('batch-died', run.facts.outcome, 'processBatch failed.');
}

function sampling(run: Production): Finding[] {
  if (run.facts.isSampled === true) return [];
  if (run.facts.isSampled === undefined)
    return [
      {
        mistake: 'no-batch',
        says: 'No span process-batch was started.',
        line: run.source.lineOf(/processBatch/),
      },
    ];
  const says = `The sampler threw process-batch away, although all ${run.facts.sources.length} requests were sampled: a ratio sampler does not look at links. LinkSampler does, at the start of the span.`;
  return [{ mistake: 'sampled-away', says, line: run.source.lineOf(/sampler\b.*:|Sampler\s*\(/) }];
}

function queue(run: Production): Finding[] {
  if (run.facts.isHandedOver || ownBatches(run).some(({ name }) => name === 'process-batch')) return [];
  const says =
    'process-batch ended last, found the queue full, and was dropped: BatchSpanProcessor drops what is new. linkSafeProcessor drops spans without links first.';
  return [{ mistake: 'queue-full', says, line: run.source.lineOf(/BatchSpanProcessor\s*\(|processor/) }];
}

function backend(run: Production): Finding[] {
  if (ownBatches(run).some(({ name }) => name === 'process-batch')) return [];
  const says =
    'process-batch was handed to the exporter while the backend was down, and nobody tried again. linkSafeProcessor takes spans with links back into its queue.';
  return [{ mistake: 'backend-down', says, line: run.source.lineOf(/SpanProcessor\s*\(|processor/) }];
}

function links(run: Production): Finding[] {
  const parts = ownBatches(run);
  const dropped = parts.reduce((sum, span) => sum + span.droppedLinks, 0);
  const kept = parts.reduce((sum, span) => sum + span.links.length, 0);
  const line = parts[0]?.line ?? run.source.lineOf(/process-batch/);
  if (dropped > 0) {
    const says = `process-batch kept ${kept} links, and the SDK dropped ${dropped} without a word: a span holds 128, here and in several backends. startFanIn spreads them over continuation spans.`;
    return [{ mistake: 'links-dropped', says, line, detail: matching.noDroppedLinks(parts) }];
  }
  const detail = matching.linkToExactly(parts, run.facts.sources);
  if (detail === undefined) return [];
  const says = `process-batch and its parts have ${kept} of ${run.facts.sources.length} links.`;
  return [{ mistake: 'links-missing', says, line, detail }];
}

function place(run: Production): Finding[] {
  const batch = ownBatches(run).find(({ name }) => name === 'process-batch');
  if (!batch || batch.parentSpanId === undefined) return [];
  return [{ mistake: 'not-root', says: 'process-batch is not a root span.', line: batch.line }];
}

interface Answers {
  readonly waited: readonly unknown[];
  readonly shortBatch: unknown;
  readonly why: unknown;
}

function answersOf({ facts }: Production): Answers {
  const given = (facts.answers ?? {}) as Partial<Answers>;
  return {
    waited: Array.isArray(given.waited) ? given.waited : [],
    shortBatch: given.shortBatch,
    why: given.why,
  };
}

function waiting(run: Production): Finding[] {
  const expected = plantedBatches(run).flatMap((batch) => longWaits(run, batch));
  const { waited } = answersOf(run);
  const right = waited.filter((id) => expected.includes(String(id))).length;
  if (right === expected.length && waited.length === right) return [];
  const says =
    waited.length === 0
      ? 'Which orders of shop-api waited for more than ten minutes? The Links tab of each process-batch of shop-batch shows the waits.'
      : `${right} of ${waited.length} orders in answers.waited waited for more than ten minutes; there are ${expected.length} in all.`;
  return [{ mistake: 'wrong-waiting', says, line: run.source.lineOf(/waited/) }];
}

function longWaits(run: Production, batch: CheckedSpan): string[] {
  return batch.links.flatMap((link) => {
    const source = run.at(link);
    const waited = source ? batch.startTimeMs - source.startTimeMs : 0;
    return waited > TEN_MINUTES_MS ? [String(source?.attributes['order.id'])] : [];
  });
}

const shortOne = (run: Production) =>
  plantedBatches(run).find((batch) => Number(batch.attributes['batch.size']) > batch.links.length);

function shortBatch(run: Production): Finding[] {
  if (answersOf(run).shortBatch === shortOne(run)?.attributes['batch.id']) return [];
  const says =
    'answers.shortBatch is not the batch.id of the batch of shop-batch that has fewer links than orders. Compare Links with batch.size, or search for spanlinks.links.missing>0.';
  return [{ mistake: 'wrong-batch', says, line: run.source.lineOf(/shortBatch/) }];
}

function reason(run: Production): Finding[] {
  const prefix = 'spanlinks.links.missing_reason.';
  const attributes = Object.keys(shortOne(run)?.attributes ?? {});
  const expected = attributes.find((key) => key.startsWith(prefix))?.slice(prefix.length);
  if (answersOf(run).why === expected) return [];
  const says = `answers.why is not the reason on that batch: it is the end of an attribute ${prefix}…`;
  return [{ mistake: 'wrong-reason', says, line: run.source.lineOf(/why/) }];
}
