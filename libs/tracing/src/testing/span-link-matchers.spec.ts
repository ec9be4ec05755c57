import { ROOT_CONTEXT, trace, type Attributes, type Link } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { expect as jestExpect } from 'expect';
import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { carrierOf } from '../carrier.ts';
import { startFanIn } from '../fan-in.ts';
import type { RecordedSpan } from './recorded-span.ts';
import { spanLinkMatchers, type SpanLinkMatchers } from './span-link-matchers.ts';
import { SpanRecorder } from './span-recorder.ts';

expect.extend(spanLinkMatchers);
jestExpect.extend(spanLinkMatchers);

type Expect = (received: unknown) => SpanLinkMatchers & { not: SpanLinkMatchers };
const RUNNERS: [string, Expect][] = [
  ['Vitest', expect],
  ['Jest', jestExpect],
];

const SCREEN_LINES = 40;
const SCREEN_CHARACTERS = 6_000;

const spans = new SpanRecorder();
const exporter = new InMemorySpanExporter();
const tracer = new BasicTracerProvider({
  spanProcessors: [spans, new SimpleSpanProcessor(exporter)],
}).getTracer('t');

const made = (name: string, links: Link[] = [], parent?: RecordedSpan) => {
  const context = parent && trace.setSpanContext(ROOT_CONTEXT, { ...parent, traceFlags: 1 });
  const span = tracer.startSpan(name, { root: !parent, links }, context ?? ROOT_CONTEXT);
  span.end();
  return spans.all.find((recorded) => recorded.spanId === span.spanContext().spanId)!;
};
const linkTo = ({ traceId, spanId }: RecordedSpan, attributes: Attributes = {}): Link => ({
  context: { traceId, spanId, traceFlags: 1 },
  attributes,
});
const rowOf = (span: RecordedSpan, id: string) => ({
  id,
  trace_context: carrierOf({ ...span, traceFlags: 1 }),
});
const short = ({ traceId, spanId }: RecordedSpan) =>
  [traceId, spanId].map((id) => `${id.slice(0, 4)}…${id.slice(-4)}`).join('/');
const failureOf = (assertion: () => void): string => {
  try {
    assertion();
  } catch (error) {
    return (error as Error).message;
  }
  return expect.unreachable('the assertion passed');
};

beforeEach(() => {
  spans.reset();
  exporter.reset();
});

describe.each(RUNNERS)('with the expect of %s', (_, check) => {
  describe('toLinkTo', () => {
    it('takes a span, its context, its carrier or the row that holds it', () => {
      const source = made('receive-order');
      const other = made('receive-order');
      const batch = made('process-batch', [linkTo(source)]);
      const { traceId, spanId } = source;
      const { traceparent } = carrierOf({ traceId, spanId, traceFlags: 1 });
      for (const target of [source, { traceId, spanId }, traceparent, { traceparent }, rowOf(source, '1')]) {
        check(batch).toLinkTo(target);
        expect(failureOf(() => check(batch).not.toLinkTo(target))).toMatch(/not to link to .*, but it does/);
      }
      check(batch).not.toLinkTo(other);
    });

    it("takes the SDK's own spans, running or ended", () => {
      const source = made('receive-order');
      const running = tracer.startSpan('running', { root: true, links: [linkTo(source)] });
      const [ended] = exporter.getFinishedSpans();
      check(running).toLinkTo(ended!);
      check(running).toBeRootSpan();
      check(ended).toHaveLinks(0);
    });

    it("shows the link's attributes when they differ from the expected ones", () => {
      const source = made('receive-order');
      const batch = made('process-batch', [linkTo(source, { 'spanlinks.relation': 'origin', n: 1 })]);
      check(batch).toLinkTo(source, { relation: 'origin', attributes: { n: 1 } });
      check(batch).toLinkTo(source, { attributes: { n: expect.any(Number) } });
      expect(
        failureOf(() => check(batch).toLinkTo(source, { attributes: { n: expect.any(String) } })),
      ).toContain('with attributes n=Any<String>.');
      check(batch).not.toLinkTo(source, { attributes: { n: 2 } });
      check(batch).not.toLinkTo(source, { attributes: { m: 1 } });
      const failure = failureOf(() =>
        check(batch).toLinkTo(source, { relation: 'part_of', attributes: { n: 1 } }),
      );
      expect(failure).toBe(
        `Expected process-batch to link to receive-order ${short(source)} with relation part_of and attributes n=1.\n` +
          `It does link to it, with:\n  + receive-order ${short(source)} (origin, n=1)`,
      );
    });

    it('names the span that is linked instead, and recognizes a child of the right one', () => {
      const source = made('receive-order');
      const child = made('persist-order', [], source);
      const batch = made('process-batch', [linkTo(child)]);
      expect(failureOf(() => check(batch).toLinkTo(source))).toBe(
        `Expected process-batch to link to receive-order ${short(source)}.\nIt has 1 link:\n` +
          `  + persist-order ${short(child)}, in the trace of a missing one: captured elsewhere?`,
      );
      expect(failureOf(() => check(child).toLinkTo(source))).toMatch(/It has no links\.$/);
    });
  });

  describe('toLinkToAll', () => {
    it('allows other links, which toLinkToExactly does not', () => {
      const [one, two, other] = [made('one'), made('two'), made('other')];
      const batch = made('process-batch', [linkTo(one), linkTo(two), linkTo(other)]);
      check(batch).toLinkToAll([two, one]);
      check(batch).toLinkToExactly(new Set([one, two, other]));
      check(batch).not.toLinkToExactly([one, two]);
      const failure = failureOf(() => check(batch).toLinkToExactly([one, two]));
      expect(failure).toBe(
        'Expected process-batch to link to nothing but each of 2 targets once.\n' +
          `1 link leads elsewhere:\n  + other ${short(other)}`,
      );
    });

    it('names the sources that are missing and the links that lead elsewhere', () => {
      const [one, two, child] = [made('receive-order'), made('receive-order'), made('persist-order')];
      const batch = made('process-batch', [linkTo(one), linkTo(child, { 'messaging.message.id': 'm-1' })]);
      expect(failureOf(() => check(batch).toLinkToAll([one, rowOf(two, 'order-2')]))).toBe(
        'Expected process-batch to link to each of 2 targets once.\n' +
          `1 target is not linked:\n  - receive-order (id order-2) ${short(two)}\n` +
          `1 link leads elsewhere:\n  + persist-order ${short(child)} (messaging.message.id=m-1)`,
      );
    });

    it('takes all parts of a split batch together', () => {
      const sources = Array.from({ length: 300 }, () => made('receive-order'));
      const rows = sources.map((source, index) => rowOf(source, `order-${index}`));
      const fanIn = startFanIn(
        tracer,
        'process-batch',
        rows.map((row) => ({ carrier: row.trace_context })),
      );
      check(fanIn?.parts).toLinkToExactly(rows);
      fanIn?.end();
      check(spans.named(/^process-batch/)).toLinkToExactly(rows);
      check(spans.named(/^process-batch/)).toHaveNoDroppedLinks();
      check(spans.named(/^process-batch/)).toHaveLinks(300);
      const failure = failureOf(() => check(spans.only('process-batch')).toLinkToAll(rows));
      expect(failure).toContain('172 targets are not linked:\n  - receive-order (id order-128) ');
      expect(failure).toContain('… and 164 more');
    });

    it('requires that each source is linked from exactly one span, once', () => {
      const source = made('receive-order');
      const parts = [made('process-batch', [linkTo(source)]), made('part 2/2', [linkTo(source)])];
      check(parts).not.toLinkToAll([source]);
      expect(failureOf(() => check(parts).toLinkToAll([source]))).toContain(
        `Linked more than once:\n  ! receive-order ${short(source)} from process-batch, part 2/2`,
      );
      check(made('twice', [linkTo(source), linkTo(source)])).not.toLinkToAll([source]);
    });

    it('counts targets that are one span once, as a fan-in does', () => {
      const source = made('receive-order');
      const rows = [rowOf(source, 'item-1'), rowOf(source, 'item-2')];
      startFanIn(
        tracer,
        'process-batch',
        rows.map((row) => ({ carrier: row.trace_context })),
      )?.end();
      check(spans.only('process-batch')).toLinkToExactly(rows);
    });

    it('considers the links of a relation only if one is given', () => {
      const [source, before] = [made('receive-order'), made('process-batch')];
      const previous = [{ carrier: rowOf(before, 'b').trace_context, number: 1 }];
      startFanIn(tracer, 'second', [{ carrier: rowOf(source, '1').trace_context }], {
        attempt: { number: 2, previous },
      })?.end();
      const second = spans.only('second');
      check(second).toLinkToExactly([source], { relation: 'origin' });
      check(second).toLinkToExactly([before], { relation: 'previous_attempt' });
      check(second).not.toLinkToExactly([source]);
      check(second).not.toLinkToAll([before], { relation: 'origin' });
    });

    it('says that links were dropped', () => {
      const sources = Array.from({ length: 200 }, () => made('receive-order'));
      const batch = made(
        'process-batch',
        sources.map((source) => linkTo(source)),
      );
      check(batch).not.toHaveNoDroppedLinks();
      const dropped = 'process-batch kept 128 links and dropped 72';
      expect(failureOf(() => check(batch).toHaveNoDroppedLinks())).toContain(dropped);
      expect(failureOf(() => check(batch).toLinkToAll(sources))).toContain(dropped);
      expect(failureOf(() => check(batch).toLinkTo(sources[0]!))).toContain(dropped);
      expect(failureOf(() => check(batch).toHaveLinks(200))).toContain(dropped);
    });

    it('fits on a screen with 10,000 links', () => {
      const row = (index: number) => {
        const id = (length: number) => index.toString(16).padStart(length, '0');
        return { id: `order-${index}`.repeat(100), carrier: `00-${id(32)}-${id(16)}-01` };
      };
      const from = (first: number) => Array.from({ length: 10_000 }, (_, index) => row(first + index));
      const linked = from(1);
      const fanIn = startFanIn(
        tracer,
        'process-batch',
        linked.map(({ id, carrier }) => ({ carrier, attributes: { 'messaging.message.id': id } })),
      );
      check(fanIn?.parts).toLinkToExactly(linked);
      for (const failure of [
        failureOf(() => check(fanIn?.parts).toLinkToExactly(from(9_001))),
        failureOf(() => check([...fanIn!.parts, ...fanIn!.parts]).toLinkToAll(from(1))),
        failureOf(() => check(fanIn?.parts).toLinkTo(row(20_000))),
        failureOf(() => check(fanIn?.parts).toHaveLinks(1)),
      ]) {
        expect(failure.split('\n').length).toBeLessThan(SCREEN_LINES);
        expect(failure.length).toBeLessThan(SCREEN_CHARACTERS);
        expect(failure).toMatch(/… and [\d,]+ more/);
      }
    });

    it('passes for a set of links exactly when the sets are equal, for any order and split', () => {
      const pool = Array.from({ length: 12 }, (_, index) => made(`source-${index}`));
      const some = fc.uniqueArray(fc.nat({ max: pool.length - 1 }));
      fc.assert(
        fc.property(
          some,
          fc.uniqueArray(fc.nat({ max: 11 }), { minLength: 1 }),
          fc.nat(),
          (linked, wanted, cut) => {
            const at = cut % (linked.length + 1);
            const parts = [linked.slice(0, at), linked.slice(at)].map((share) =>
              made(
                'part',
                share.map((index) => linkTo(pool[index]!)),
              ),
            );
            const targets = wanted.map((index) => pool[index]!);
            const all = wanted.every((index) => linked.includes(index));
            const exactly = all && wanted.length === linked.length;
            if (all) check(parts).toLinkToAll(targets);
            else check(parts).not.toLinkToAll(targets);
            if (exactly) check(parts).toLinkToExactly(targets);
            else check(parts).not.toLinkToExactly(targets);
          },
        ),
        { numRuns: 50 },
      );
    });
  });

  describe('the place of a span', () => {
    it('toBeRootSpan names the parent', () => {
      const root = made('receive-order');
      const child = made('validate', [], root);
      check(root).toBeRootSpan();
      check(child).not.toBeRootSpan();
      expect(failureOf(() => check(child).toBeRootSpan())).toBe(
        `Expected validate to be the root of its trace, but it is a child of receive-order ${short(root)}.`,
      );
      expect(failureOf(() => check(root).not.toBeRootSpan())).toContain('not to be the root');
    });

    it('toBeChildOf names the actual parent', () => {
      const root = made('receive-order');
      const child = made('validate', [], root);
      const other = made('process-batch');
      check(child).toBeChildOf(root);
      check(child).toBeChildOf(carrierOf({ ...root, traceFlags: 1 }));
      check(child).not.toBeChildOf(other);
      check(child).not.toBeChildOf({ ...root, traceId: other.traceId });
      expect(failureOf(() => check(child).toBeChildOf(other))).toBe(
        `Expected validate to be a child of process-batch ${short(other)}, but it is a child of receive-order ${short(root)}.`,
      );
      expect(failureOf(() => check(root).toBeChildOf(child))).toContain('but it is the root of its trace');
      expect(failureOf(() => check(child).not.toBeChildOf(root))).toContain('not to be a child of');
    });

    it('toBeInTraceOf names the spans of other traces', () => {
      const root = made('receive-order');
      const child = made('validate', [], root);
      const other = made('process-batch');
      check([root, child]).toBeInTraceOf(root);
      check([root, other]).not.toBeInTraceOf(root);
      expect(failureOf(() => check([root, child, other]).toBeInTraceOf(child))).toBe(
        `Expected 3 spans (receive-order, validate, process-batch) to be in the trace of validate ${short(child)}. ` +
          'Elsewhere: process-batch.',
      );
      expect(failureOf(() => check(child).not.toBeInTraceOf(root))).toContain('not to be in the trace');
    });

    it('toHaveLinks lists the actual links', () => {
      const source = made('receive-order');
      const batch = made('process-batch', [linkTo(source)]);
      check(batch).toHaveLinks(1);
      check(batch).not.toHaveLinks(0);
      expect(failureOf(() => check(batch).toHaveLinks(2))).toBe(
        `Expected process-batch to have 2 links, found 1:\n  + receive-order ${short(source)}`,
      );
      expect(failureOf(() => check(source).toHaveLinks(1))).toBe(
        'Expected receive-order to have 1 link, found 0.',
      );
    });
  });

  describe('a test that checks nothing', () => {
    const noSpans = [
      undefined,
      null,
      'process-batch',
      17,
      {},
      [],
      [undefined],
      trace.wrapSpanContext({} as never),
    ];

    it.each(noSpans)('fails for %s in place of a span, with not as well', (received) => {
      const source = made('receive-order');
      for (const assertion of [
        () => check(received).toHaveLinks(0),
        () => check(received).not.toHaveLinks(0),
        () => check(received).not.toLinkTo(source),
        () => check(received).not.toLinkToAll([source]),
        () => check(received).toHaveNoDroppedLinks(),
        () => check(received).not.toBeRootSpan(),
        () => check(received).not.toBeInTraceOf(source),
      ]) {
        expect(failureOf(assertion)).toMatch(/^Received no span/);
      }
    });

    it('fails for targets that name no span, with not as well', () => {
      const batch = made('process-batch');
      const broken = { id: 'order-2', trace_context: null };
      expect(failureOf(() => check(batch).not.toLinkTo(broken))).toMatch(
        /^This names no span: {"id":"order-2"/,
      );
      expect(failureOf(() => check(batch).not.toLinkToAll([batch, broken]))).toMatch(/^Target 1 of the list/);
      expect(failureOf(() => check(batch).not.toLinkToAll([]))).toMatch(/an empty list/);
      expect(failureOf(() => check(batch).not.toLinkToAll('x' as never))).toMatch(/^Expected a list/);
      expect(failureOf(() => check(batch).not.toLinkToAll(undefined as never))).toMatch(/^Expected a list/);
    });

    it('fails for several spans if one is expected', () => {
      const pair = [made('one'), made('two')];
      expect(failureOf(() => check(pair).toBeRootSpan())).toBe('Expected one span, received 2: one, two');
      expect(failureOf(() => check(pair).not.toBeChildOf(pair[0]!))).toMatch(/^Expected one span/);
    });
  });
});
