import { parseCarrier } from '@span-links/tracing';
import type { CheckedSpan } from '../../checked-span.ts';
import { exercise } from '../../exercise.ts';
import { firstOf, type Finding } from '../../finding.ts';
import { matching } from '../../matching.ts';
import type { Run } from '../../run.ts';
import type { Facts } from './scenario.ts';

type LostTrail = Run<Facts>;

const CAPTURE = /captureTraceContext\s*\(|propagation\.inject\s*\(/;

export const lostTrail = exercise<Facts>({
  id: '1-lost-trail',
  title: 'The lost trail',
  minutes: 10,
  check: (run) => firstOf(run, [missingSpan, wrongRow, wrongPlace, wrongLink]),
  spotlight: (run) => run.named('reconcile-order').at(-1),
  praise: ({ facts }) =>
    `Each of the ${facts.rows.length} reconcile-order spans links to the receive-order of its order, across the table row.`,
});

function missingSpan(run: LostTrail): Finding[] {
  for (const { id } of run.facts.rows) {
    for (const name of ['receive-order', 'reconcile-order']) {
      if (run.ofOrder(name, id)) continue;
      const says = `There is no span ${name} with order.id = ${id}. Keep the spans of the starting point, and their attribute.`;
      return [{ mistake: 'no-span', says }];
    }
  }
  return run.facts.rows.length === 3
    ? []
    : [{ mistake: 'no-row', says: `3 orders arrived, but the table has ${run.facts.rows.length} rows.` }];
}

/** The row is all that the second process has, so it is looked at first. */
function wrongRow(run: LostTrail): Finding[] {
  const line = run.source.lineOf(CAPTURE);
  const carriers = run.facts.rows.map(({ traceContext }) => parseCarrier(traceContext).spanContext);
  const missing = run.facts.rows.filter((_, index) => !carriers[index]);
  if (missing.length > 0) return [nothingStored(run, missing.length, line)];
  const distinct = new Set(carriers.map((carrier) => carrier?.spanId));
  if (distinct.size < carriers.length) {
    const says = `The ${carriers.length} rows hold ${distinct.size} trace context${distinct.size === 1 ? '' : 's'}: one was captured and used for several orders. Capture it for each order, inside of its receive-order.`;
    return [{ mistake: 'captured-once', says, line }];
  }
  for (const [index, { id }] of run.facts.rows.entries()) {
    const captured = run.at(carriers[index]);
    const source = run.ofOrder('receive-order', id);
    if (!source || captured === source) continue;
    return [capturedElsewhere(run, id, source, captured)];
  }
  return [];
}

function nothingStored(run: LostTrail, count: number, line: number | undefined): Finding {
  if (line !== undefined) {
    const says = `A trace context is captured, but ${count} of ${run.facts.rows.length} rows hold none: no span was active at that moment, or it was not stored. Capture it while receive-order is active, and pass it to insert().`;
    return { mistake: 'captured-outside', says, line };
  }
  const says = `The rows hold no trace context, so reconcile-order cannot know which request its order came from. Capture it in receiveOrder and store it in the row.`;
  return { mistake: 'nothing-stored', says, line: run.source.lineOf(/traceContext/) };
}

function capturedElsewhere(
  run: LostTrail,
  id: string,
  source: CheckedSpan,
  captured: CheckedSpan | undefined,
): Finding {
  const line = run.source.lineOf(CAPTURE);
  if (captured && run.isAbove(source, captured)) {
    const says = `The carrier of ${id} was captured inside ${captured.name}, so its link leads to a detail of the request. Capture it in receive-order, before ${captured.name} starts.`;
    return { mistake: 'captured-in-child', says, line };
  }
  const says = `The carrier of ${id} leads to ${captured?.name ?? 'a span that was never sent'}, which is not its receive-order.`;
  return { mistake: 'captured-elsewhere', says, line };
}

function wrongPlace(run: LostTrail): Finding[] {
  for (const { id } of run.facts.rows) {
    const [span, source] = [run.ofOrder('reconcile-order', id), run.ofOrder('receive-order', id)];
    if (!span || !source || span.traceId !== source.traceId) continue;
    const says = `reconcile-order of ${id} is a child of ${run.parentOf(span)?.name ?? 'the request'}: the trace of a request that was answered an hour ago grows again. Start it with root: true, and link instead.`;
    return [{ mistake: 'parent-child', says, line: span.line, detail: matching.rootSpan(span) }];
  }
  return [];
}

function wrongLink(run: LostTrail): Finding[] {
  for (const { id } of run.facts.rows) {
    const [span, source] = [run.ofOrder('reconcile-order', id), run.ofOrder('receive-order', id)];
    if (!span || !source) continue;
    const detail = matching.linkTo(span, source);
    if (detail === undefined && span.linksAtStart > 0) continue;
    if (detail === undefined) {
      const says = `reconcile-order of ${id} got its link after it had started. A sampler decides at the start, and does not see it. Pass the link in the options: { links: [link] }.`;
      return [{ mistake: 'late-link', says, line: run.source.lineOf(/addLinks?\s*\(/) ?? span.line }];
    }
    if (span.links.length === 0) {
      const says = `The row of ${id} holds the right trace context, but reconcile-order has no link. Make one with linkFromCarrier(row.traceContext) and pass it in the options.`;
      return [{ mistake: 'no-link', says, line: span.line, detail }];
    }
    const says = `reconcile-order of ${id} links to another span than the one in its row.`;
    return [{ mistake: 'wrong-target', says, line: span.line, detail }];
  }
  return [];
}
