import type { CheckedSpan } from '../../checked-span.ts';
import { exercise } from '../../exercise.ts';
import { firstOf, type Finding } from '../../finding.ts';
import { matching } from '../../matching.ts';
import type { Run } from '../../run.ts';
import { threw } from '../outcome.ts';
import type { Facts } from './scenario.ts';

type FanIn = Run<Facts>;
const LINE_OF_BATCH = /process-batch/;

export const fanIn = exercise<Facts>({
  id: '2-fan-in',
  title: 'Fan-in: one batch, many sources',
  minutes: 15,
  check: (run) => firstOf(run, [died, oneBatch, place, phantom, missing, late, size, reconciled]),
  spotlight: (run) => run.named('process-batch')[0],
  praise: ({ facts }) =>
    `process-batch has ${facts.sources.length} links next to batch.size = ${facts.orders}, all from its start; the two broken carriers cost their links and nothing else.`,
});

const batches = (run: FanIn) => run.named('process-batch');
const startedAt = (run: FanIn) => batches(run)[0]?.line ?? run.source.lineOf(LINE_OF_BATCH);

function died(run: FanIn): Finding[] {
  return threw(
    'batch-died',
    run.facts.outcome,
    'One broken carrier ended the whole batch. A broken carrier may cost its link, never the work.',
  );
}

function oneBatch(run: FanIn): Finding[] {
  const found = batches(run);
  if (found.length === 1) return [];
  if (found.length === 0)
    return [
      {
        mistake: 'no-batch',
        says: 'There is no span process-batch.',
        line: run.source.lineOf(LINE_OF_BATCH),
      },
    ];
  const says = `There are ${found.length} spans process-batch for one batch of ${run.facts.orders} orders. Start one span, with one link for each order.`;
  return [{ mistake: 'span-per-order', says, line: startedAt(run) }];
}

function place(run: FanIn): Finding[] {
  const [batch] = batches(run);
  if (!batch || batch.parentSpanId === undefined) return [];
  const source = run.facts.sources.find(({ traceId }) => traceId === batch.traceId);
  const parent = run.parentOf(batch)?.name ?? 'another span';
  const detail = matching.rootSpan(batch);
  if (source) {
    const says = `process-batch is a child in the trace of ${source.id}. It works on ${run.facts.orders} orders, and can have one parent: make it a root, and link to each.`;
    return [{ mistake: 'child-of-source', says, line: batch.line, detail }];
  }
  const says = `process-batch is a child of ${parent}, which happened to be active. Start it with root: true.`;
  return [{ mistake: 'not-root', says, line: batch.line, detail }];
}

function phantom(run: FanIn): Finding[] {
  const [batch] = batches(run);
  const isSource = ({ traceId, spanId }: { traceId: string; spanId: string }) =>
    run.facts.sources.some((source) => source.traceId === traceId && source.spanId === spanId);
  const wrong = batch?.links.find((link) => !isSource(link));
  if (!batch || !wrong) return [];
  const target = run.at(wrong)?.name ?? `a span ${wrong.spanId} that does not exist`;
  const says = `A broken carrier became a link to ${target}: extract() gives the active context back if it cannot read. A wrong link cannot be told from a right one. Use parseCarrier, linkFromCarrier or startFanIn.`;
  const line = run.source.lineOf(/extract\s*\(|JSON\.parse|links/) ?? batch.line;
  return [{ mistake: 'phantom-link', says, line }];
}

function missing(run: FanIn): Finding[] {
  const [batch] = batches(run);
  if (!batch) return [];
  const detail = matching.linkToExactly(batch, run.facts.sources);
  if (detail === undefined) return [];
  const line = run.source.lineOf(/links|isSampled|traceFlags/) ?? batch.line;
  if (batch.links.length === 0)
    return [{ mistake: 'no-links', says: 'process-batch has no links.', line: batch.line, detail }];
  const absent = run.facts.sources.filter(
    ({ spanId }) => !batch.links.some((link) => link.spanId === spanId),
  );
  const count = `process-batch has ${batch.links.length} of ${run.facts.sources.length} links`;
  if (absent.length === 1 && absent[0]?.isSampled === false) {
    const says = `${count}: that of ${absent[0].id} is missing, whose request was not sampled. It gets its link all the same; the flags on the link say that there may be nothing to see.`;
    return [{ mistake: 'unsampled-skipped', says, line, detail }];
  }
  if (absent.length > 0) {
    const says = `${count}: ${absent.map(({ id }) => id).join(', ')} ${absent.length === 1 ? 'is' : 'are'} missing.`;
    return [{ mistake: 'links-missing', says, line, detail }];
  }
  return [{ mistake: 'links-repeated', says: `${count}, and some lead to the same order.`, line, detail }];
}

function late(run: FanIn): Finding[] {
  const [batch] = batches(run);
  if (!batch || batch.linksAtStart === batch.links.length) return [];
  const says = `process-batch had ${batch.linksAtStart} of its ${batch.links.length} links when it started. A sampler decides at the start and does not see the others. Fetch the rows first, then start the span with all links.`;
  return [{ mistake: 'late-links', says, line: run.source.lineOf(/addLinks?\s*\(/) ?? batch.line }];
}

function size(run: FanIn): Finding[] {
  const [batch] = batches(run);
  const value = batch?.attributes['batch.size'];
  if (!batch || value === run.facts.orders) return [];
  const says =
    value === undefined
      ? `process-batch has no attribute batch.size. Without it nobody sees that ${run.facts.orders - run.facts.sources.length} links are missing.`
      : `batch.size is ${String(value)}, but the batch has ${run.facts.orders} orders. It counts orders, not links: the difference shows what is missing.`;
  return [{ mistake: 'wrong-size', says, line: run.source.lineOf(/batch\.size/) ?? batch.line }];
}

function reconciled(run: FanIn): Finding[] {
  const done = run.named('reconcile-order');
  const [batch] = batches(run);
  if (done.length !== run.facts.orders) {
    const says = `${done.length} of ${run.facts.orders} orders were reconciled. An order without a link is an order like any other.`;
    return [{ mistake: 'orders-lost', says, line: run.source.lineOf(/reconcile\s*\(/) }];
  }
  const outside = done.find((span: CheckedSpan) => batch && !run.isAbove(batch, span));
  if (!outside) return [];
  const says = 'reconcile-order is not below process-batch. Run the work in the context of the batch.';
  return [{ mistake: 'work-outside', says, line: run.source.lineOf(/reconcile\s*\(/) }];
}
