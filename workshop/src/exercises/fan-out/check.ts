import type { CheckedSpan } from '../../checked-span.ts';
import { exercise } from '../../exercise.ts';
import { firstOf, type Finding } from '../../finding.ts';
import { matching } from '../../matching.ts';
import type { Run } from '../../run.ts';
import { OPERATIONS } from '../../shop/fulfilment.ts';
import { threw } from '../outcome.ts';
import type { Facts } from './scenario.ts';

type FanOut = Run<Facts>;

export const fanOut = exercise<Facts>({
  id: '3-fan-out',
  title: 'Fan-out and join',
  minutes: 15,
  check: (run) =>
    firstOf(run, [branches, ownTraces, linksBack, parallel, failure, joinSpan, joinLinks, died]),
  spotlight: (run) => run.named('complete-order')[0] ?? run.named('ship-order')[0],
  praise: () =>
    'Four operations ran at once, each in a trace of its own with a link back to ship-order, and complete-order links to all four, the refused payment included.',
});

const branchesOf = (run: FanOut): CheckedSpan[] => OPERATIONS.flatMap((name) => run.named(name));
const initiatorOf = (run: FanOut) => run.named('ship-order')[0];

function branches(run: FanOut): Finding[] {
  if (!initiatorOf(run)) return [{ mistake: 'no-initiator', says: 'There is no span ship-order.' }];
  const missing = OPERATIONS.filter((name) => run.named(name).length !== 1);
  if (missing.length === 0) return [];
  const says = `${missing.join(', ')} should have one span each. An operation that fails must not keep the others from running.`;
  return [
    { mistake: 'branch-lost', says, line: run.facts.outcome.line ?? run.source.lineOf(/authorize-payment/) },
  ];
}

function ownTraces(run: FanOut): Finding[] {
  const initiator = initiatorOf(run);
  const inside = branchesOf(run).find((span) => span.traceId === initiator?.traceId);
  if (!inside) return [];
  const says = `${inside.name} is part of the trace of ship-order. Operations that others carry on later get a trace of their own: root: true, and a link back.`;
  return [{ mistake: 'children', says, line: inside.line, detail: matching.rootSpan(inside) }];
}

function linksBack(run: FanOut): Finding[] {
  const initiator = initiatorOf(run);
  if (!initiator) return [];
  for (const branch of branchesOf(run)) {
    const detail = matching.linkTo(branch, initiator);
    if (detail === undefined && branch.linksAtStart > 0) continue;
    if (detail === undefined) {
      const says = `${branch.name} got its link after it had started, when a sampler has already decided.`;
      return [{ mistake: 'late-link', says, line: run.source.lineOf(/addLinks?\s*\(/) ?? branch.line }];
    }
    const target = run.at(branch.links[0]);
    if (!target) {
      const says = `${branch.name} has no link back to ship-order, so nobody finds out who started it.`;
      return [{ mistake: 'no-link-back', says, line: branch.line, detail }];
    }
    const says = `${branch.name} links to ${target.name}. It was ship-order that started it.`;
    return [{ mistake: 'wrong-initiator', says, line: branch.line, detail }];
  }
  return [];
}

function parallel(run: FanOut): Finding[] {
  if (run.facts.atOnce === OPERATIONS.length) return [];
  const says = `At most ${run.facts.atOnce} of ${OPERATIONS.length} operations ran at the same time. Start all of them before you wait for any.`;
  return [{ mistake: 'sequential', says, line: branchesOf(run)[1]?.line }];
}

function failure(run: FanOut): Finding[] {
  const payment = run.named('authorize-payment')[0];
  if (!payment || payment.status === 'error') return [];
  const says =
    'The payment was refused, but authorize-payment does not say so. Let the error reach the span before you handle it.';
  return [{ mistake: 'error-hidden', says, line: run.source.lineOf(/catch/) ?? payment.line }];
}

function joinSpan(run: FanOut): Finding[] {
  const joins = run.named('complete-order');
  const [join] = joins;
  if (!join || joins.length > 1) {
    const says = `There ${joins.length === 0 ? 'is no span' : `are ${joins.length} spans`} complete-order. One join gathers the four operations.`;
    return [{ mistake: 'no-join', says, line: initiatorOf(run)?.line }];
  }
  if (join.parentSpanId === undefined) return [];
  const says = `complete-order is a child of ${run.parentOf(join)?.name ?? 'another span'}. It follows from four operations, so it is a root with four links.`;
  return [{ mistake: 'join-is-child', says, line: join.line, detail: matching.rootSpan(join) }];
}

function joinLinks(run: FanOut): Finding[] {
  const [join] = run.named('complete-order');
  if (!join) return [];
  const detail = matching.linkToAll(join, branchesOf(run));
  const missing = branchesOf(run).filter(({ spanId }) => !join.links.some((link) => link.spanId === spanId));
  if (missing.length === 1 && missing[0]?.status === 'error') {
    const says = `complete-order has ${join.links.length} links: ${missing[0].name} failed and is left out. It is the one that everybody looks for.`;
    return [{ mistake: 'failed-branch-unlinked', says, line: join.line, detail }];
  }
  if (detail !== undefined) {
    const says = `complete-order has ${join.links.length} of ${OPERATIONS.length} links.`;
    return [{ mistake: 'join-unlinked', says, line: join.line, detail }];
  }
  if (join.linksAtStart === join.links.length) return [];
  const says = `complete-order had ${join.linksAtStart} of its ${join.links.length} links when it started.`;
  return [{ mistake: 'late-join-links', says, line: run.source.lineOf(/addLinks?\s*\(/) ?? join.line }];
}

function died(run: FanOut): Finding[] {
  return threw(
    'failure-spreads',
    run.facts.outcome,
    'One refused payment made all of shipOrder fail. Settle the operations, and let complete-order decide.',
  );
}
