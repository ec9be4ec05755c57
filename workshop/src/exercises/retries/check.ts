import type { CheckedSpan } from '../../checked-span.ts';
import { exercise } from '../../exercise.ts';
import { firstOf, type Finding } from '../../finding.ts';
import { matching } from '../../matching.ts';
import type { Run } from '../../run.ts';
import { ATTEMPTS, type Facts } from './scenario.ts';

type Retries = Run<Facts>;
const PREVIOUS = { relation: 'previous_attempt' };
const ORIGIN = { relation: 'origin' };
const CONSUMER_LINE = /\.one\s*\(|process orders'/;

export const retries = exercise<Facts>({
  id: '5-retries',
  title: 'Retries and dead letters',
  minutes: 15,
  check: (run) => firstOf(run, [swallowed, attemptSpans, ownTraces, failures, origins, previous, deadLetter]),
  spotlight: (run) => run.named('process orders.dead')[0] ?? run.named('process orders').at(-1),
  praise: () =>
    `Each attempt links to its origin and to the attempt before, and the dead letter leads back to both.`,
});

/** The attempts at an order, in their order. */
function attemptsAt(run: Retries, order: string): CheckedSpan[] {
  const positions = run.facts.deliveries.flatMap((delivery, index) =>
    delivery.order === order ? [index] : [],
  );
  const spans = run.named('process orders');
  const [origin] = sendsOf(run, order);
  const linked = spans.filter((span) => origin && matching.linkTo(span, origin) === undefined);
  if (linked.length === positions.length) return linked;
  return positions.flatMap((position) => spans[position] ?? []);
}

const orders = (run: Retries) => [...new Set(run.facts.deliveries.map(({ order }) => order))];

function sendsOf(run: Retries, order: string): CheckedSpan[] {
  return run.named('send orders').filter((span) => run.parentOf(span)?.attributes['order.id'] === order);
}

function swallowed(run: Retries): Finding[] {
  const { deliveries, shipped } = run.facts;
  const silent = deliveries.find(
    ({ error, order, attempt }) => error === undefined && !(shipped.includes(order) && attempt === ATTEMPTS),
  );
  if (silent) {
    const says = `Attempt ${silent.attempt} at ${silent.order} failed, but handleOrder did not throw: pg-boss takes the message for done, and nobody ships it. Let the error through.`;
    return [{ mistake: 'swallowed-error', says, line: run.source.lineOf(/catch/) }];
  }
  const other = deliveries.find(({ error }) => error !== undefined && !error.includes('warehouse is closed'));
  if (!other) return [];
  const says = `Attempt ${other.attempt} at ${other.order} failed for another reason than the closed warehouse: ${other.error}`;
  return [{ mistake: 'other-error', says, line: other.line }];
}

function attemptSpans(run: Retries): Finding[] {
  const spans = run.named('process orders');
  const { length } = run.facts.deliveries;
  if (spans.length !== length) {
    const says = `${length} deliveries were handled, with ${spans.length} spans process orders. Each attempt gets a span.`;
    return [{ mistake: 'no-span', says, line: run.source.lineOf(/handleOrder/) }];
  }
  const numbers = (order: string) =>
    attemptsAt(run, order).map((span) => span.attributes['spanlinks.attempt']);
  const wrong = orders(run).find((order) => numbers(order).join() !== [1, 2, 3].join());
  if (wrong === undefined) return [];
  const says = `The attempts at ${wrong} say spanlinks.attempt = ${numbers(wrong).map(String).join(', ')}; they are 1, 2, 3.`;
  return [{ mistake: 'wrong-attempt', says, line: spans[0]?.line ?? run.source.lineOf(CONSUMER_LINE) }];
}

function ownTraces(run: Retries): Finding[] {
  const child = run.named('process orders').find(({ parentSpanId }) => parentSpanId !== undefined);
  if (!child) return [];
  const says = `An attempt is a child of ${run.parentOf(child)?.name ?? 'another span'}. Attempts come minutes apart: each gets a trace of its own, and links.`;
  return [{ mistake: 'attempt-is-child', says, line: child.line, detail: matching.rootSpan(child) }];
}

function failures(run: Retries): Finding[] {
  const spans = run.named('process orders');
  const failed = spans.filter(({ status }) => status === 'error').length;
  const expected = run.facts.deliveries.filter(({ error }) => error !== undefined).length;
  if (failed === expected) return [];
  const says = `${expected} attempts failed, but ${failed} of their spans say so. The error has to pass through the span.`;
  return [{ mistake: 'failure-hidden', says, line: run.source.lineOf(/catch/) ?? spans[0]?.line }];
}

function origins(run: Retries): Finding[] {
  for (const order of orders(run)) {
    const [origin] = sendsOf(run, order);
    for (const [index, span] of attemptsAt(run, order).entries()) {
      const detail = origin && matching.linkTo(span, origin, ORIGIN);
      if (detail === undefined) continue;
      const says = `Attempt ${index + 1} at ${order} has no link to the send of its message. With links to the attempt before alone, the origin is as many clicks away as there were attempts.`;
      const line = run.source.lineOf(/links|headers/) ?? span.line;
      return [{ mistake: 'no-origin', says, line, detail }];
    }
  }
  return [];
}

function previous(run: Retries): Finding[] {
  for (const order of orders(run)) {
    const spans = attemptsAt(run, order);
    for (const [index, span] of spans.entries()) {
      const before = spans[index - 1];
      const detail = before && matching.linkTo(span, before, PREVIOUS);
      if (!before || detail === undefined) continue;
      const [has] = span.links.filter(({ relation }) => relation === PREVIOUS.relation);
      const nothingStored = run.facts.inbox.length > 0 && !run.facts.inbox.includes(true);
      const line = run.source.lineOf(/started\s*\(|previousAttempt/) ?? span.line;
      if (has) {
        const says = `Attempt ${index + 1} at ${order} links to ${run.at(has)?.name ?? 'a span that was never sent'}, which is not attempt ${index}.`;
        return [{ mistake: 'wrong-previous', says, line, detail }];
      }
      if (nothingStored && run.source.has(/started\s*\(/)) {
        const says = `Attempt ${index + 1} at ${order} knows that there was one before, but not its span: inbox.started() ran where the span of the attempt was not active. Call it inside.`;
        return [{ mistake: 'started-outside', says, line, detail }];
      }
      if (nothingStored) {
        const says = `Attempt ${index + 1} at ${order} cannot link to attempt ${index}, for nothing was stored about it. Call inbox.started(delivery) inside of the span, before the work.`;
        return [
          { mistake: 'never-started', says, line: run.source.lineOf(CONSUMER_LINE) ?? span.line, detail },
        ];
      }
      const says = `Attempt ${index + 1} at ${order} has no link to attempt ${index}. Ask the inbox for the delivery, and pass it to one() as its third argument.`;
      return [{ mistake: 'no-previous', says, line: span.line ?? run.source.lineOf(CONSUMER_LINE), detail }];
    }
  }
  return [];
}

function deadLetter(run: Retries): Finding[] {
  const [span] = run.named('process orders.dead');
  const line = span?.line ?? run.source.lineOf(/handleDeadLetter/);
  if (!run.facts.reported.includes('order-2')) {
    const [outcome] = run.facts.deadLetters;
    const says = `The dead letter of order-2 was not reported${outcome?.error === undefined ? '' : `: ${outcome.error}`}.`;
    return [{ mistake: 'dead-letter-lost', says, line: outcome?.line ?? line }];
  }
  if (!span) {
    const says = 'The dead letter was handled without a span process orders.dead.';
    return [{ mistake: 'dead-letter-untraced', says, line }];
  }
  const [origin] = sendsOf(run, 'order-2');
  const last = attemptsAt(run, 'order-2').at(-1);
  const noOrigin = origin && matching.linkTo(span, origin, ORIGIN);
  if (noOrigin !== undefined) {
    const says = 'process orders.dead has no link to the send of its message.';
    return [{ mistake: 'dead-letter-no-origin', says, line, detail: noOrigin }];
  }
  const noLast = last && matching.linkTo(span, last, PREVIOUS);
  if (noLast === undefined) return [];
  const says =
    'process orders.dead does not lead to the last attempt, which knows why it failed. The inbox knows it by the ID of the original message, job.sourceId.';
  return [{ mistake: 'dead-letter-no-attempt', says, line, detail: noLast }];
}
