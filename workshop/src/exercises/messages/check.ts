import type { CheckedSpan } from '../../checked-span.ts';
import { exercise } from '../../exercise.ts';
import { firstOf, type Finding } from '../../finding.ts';
import { matching } from '../../matching.ts';
import type { Run } from '../../run.ts';
import { threw } from '../outcome.ts';
import type { Facts } from './scenario.ts';

type Messages = Run<Facts>;

export const messages = exercise<Facts>({
  id: '4-messages',
  title: 'Messages: parent or link',
  minutes: 15,
  check: (run) => firstOf(run, [died, handled, producers, consumers, consumerLinks, batchSpan, batchLinks]),
  spotlight: (run) => run.named('process invoices')[0] ?? run.named('process orders')[0],
  praise: ({ facts }) =>
    `Each of ${facts.orders.length} shipments links to the send of its message, and the one invoicing span links to all ${facts.orders.length}.`,
});

function died(run: Messages): Finding[] {
  return threw('failed-handler', run.facts.outcome, 'Publishing or handling failed.');
}

function handled(run: Messages): Finding[] {
  const { orders, shipped, invoiced } = run.facts;
  for (const [what, done] of [
    ['shipped', shipped],
    ['invoiced', invoiced],
  ] as const) {
    if (orders.every((id) => done.includes(id)) && done.length === orders.length) continue;
    const says = `${orders.length} orders were published, and ${done.length} were ${what}. Tracing must not change what is done with a message.`;
    return [{ mistake: 'message-lost', says, line: run.source.lineOf(/sendJob|broker\.send|insertJobs/) }];
  }
  return [];
}

const sendsTo = (run: Messages, queue: string) => run.named(`send ${queue}`);
const creators = (run: Messages, queue: string): CheckedSpan[] => {
  const created = run.named(`create ${queue}`);
  return created.length > 0 ? created : sendsTo(run, queue);
};

function producers(run: Messages): Finding[] {
  for (const queue of ['orders', 'invoices']) {
    const sends = creators(run, queue);
    const line = run.source.lineOf(new RegExp(`(send|insert)\\w*\\(.*'${queue}'`));
    if (sends.length < run.facts.orders.length) {
      const says = `${run.facts.orders.length} messages went to ${queue}, with ${sends.length} spans send ${queue}. Send each in a producer span, and put its context into the message.`;
      return [{ mistake: 'no-producer', says, line }];
    }
    const wrong = sends.find(({ kind }) => kind !== 'producer');
    if (wrong)
      return [
        { mistake: 'not-a-producer', says: `${wrong.name} is not of kind PRODUCER.`, line: wrong.line },
      ];
    const astray = sends.find((span) => run.parentOf(span)?.name !== 'receive-order');
    if (astray) {
      const says = `${astray.name} is not below receive-order, which caused the message.`;
      return [{ mistake: 'producer-astray', says, line: astray.line }];
    }
  }
  return [];
}

function consumers(run: Messages): Finding[] {
  const found = run.named('process orders');
  if (found.length !== run.facts.orders.length) {
    const says = `${run.facts.orders.length} messages were shipped, with ${found.length} spans process orders. Each message gets one: @HandlesMessage(…) makes it.`;
    return [{ mistake: 'no-consumer', says, line: run.source.lineOf(/\bship\s*\(\s*job/) }];
  }
  const child = found.find(({ parentSpanId }) => parentSpanId !== undefined);
  if (!child) return [];
  const says = `process orders is a child of ${run.parentOf(child)?.name ?? 'another span'}. That is allowed for single messages, but this exercise asks for the default: a trace of its own, and a link.`;
  return [
    {
      mistake: 'parent-child',
      says,
      line: run.source.lineOf(/parent/) ?? child.line,
      detail: matching.rootSpan(child),
    },
  ];
}

function consumerLinks(run: Messages): Finding[] {
  const found = run.named('process orders');
  const detail = matching.linkToExactly(found, creators(run, 'orders'));
  if (detail === undefined) return late(run, found);
  return [wrongLinks(run, found, detail)];
}

function wrongLinks(run: Messages, found: readonly CheckedSpan[], detail: string): Finding {
  const target = found.map((span) => run.at(span.links[0])).find((span) => span !== undefined);
  const [first] = found;
  const queue = first?.name.replace('process ', '') ?? '';
  if (target?.name === 'receive-order') {
    const says = `${first?.name} links to receive-order. Between the two, the message was sent: link to send ${queue}, so that the time in the queue can be seen.`;
    const line = run.source.lineOf(/captureTraceContext\s*\(/);
    return { mistake: 'links-to-request', says, line, detail };
  }
  if (!target) {
    const says = `${first?.name} has no link: the message has no carrier, or it is not where the consumer looks.`;
    return {
      mistake: 'no-link',
      says,
      line: run.source.lineOf(/broker\.send|traceContext|headers/) ?? first?.line,
      detail,
    };
  }
  const says = `${first?.name} links to ${target.name}, which did not send its message.`;
  return { mistake: 'wrong-link', says, line: first?.line, detail };
}

function late(run: Messages, found: readonly CheckedSpan[]): Finding[] {
  const span = found.find(({ linksAtStart, links }) => linksAtStart < links.length);
  if (!span) return [];
  const says = `${span.name} got its link after it had started, when a sampler has already decided.`;
  return [{ mistake: 'late-link', says, line: run.source.lineOf(/addLinks?\s*\(/) ?? span.line }];
}

function batchSpan(run: Messages): Finding[] {
  const found = run.named('process invoices');
  if (found.length === 1) return [];
  const line = found[0]?.line ?? run.source.lineOf(/\binvoice\s*\(\s*jobs/);
  if (found.length === 0)
    return [
      {
        mistake: 'no-batch',
        says: 'Invoicing handled a batch of messages without a span process invoices.',
        line,
      },
    ];
  const says = `${run.facts.orders.length} messages arrived as one batch, but there are ${found.length} spans process invoices. One span handles them, with one link for each.`;
  return [{ mistake: 'span-per-message', says, line }];
}

function batchLinks(run: Messages): Finding[] {
  const found = run.named('process invoices');
  const [batch] = found;
  if (!batch) return [];
  if (batch.parentSpanId !== undefined) {
    const says = `process invoices is a child of ${run.parentOf(batch)?.name ?? 'another span'}. A batch has many sources and one parent at most: make it a root.`;
    return [{ mistake: 'batch-is-child', says, line: batch.line, detail: matching.rootSpan(batch) }];
  }
  const detail = matching.linkToExactly(batch, creators(run, 'invoices'));
  if (detail === undefined) return late(run, found);
  if (batch.links.length > 0 && batch.links.length < run.facts.orders.length) {
    const says = `process invoices has ${batch.links.length} of ${run.facts.orders.length} links.`;
    return [{ mistake: 'batch-links-missing', says, line: batch.line, detail }];
  }
  return [wrongLinks(run, found, detail)];
}
