import { createContextKey, ROOT_CONTEXT, type Context, type Link } from '@opentelemetry/api';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import { beforeEach, describe, expect, it } from 'vitest';
import { linkSourcesOf, withLinkSources } from './fan-in-sources.ts';
import { startFanIn } from './fan-in.ts';
import type { LinkSource } from './links.ts';

const exporter = new InMemorySpanExporter();
const handedOver: { name: string; onSpan: number; inContext: readonly Link[] }[] = [];
const provider = new BasicTracerProvider({
  sampler: {
    shouldSample: (context: Context, _traceId, name, _kind, _attributes, links) => {
      handedOver.push({ name, onSpan: links.length, inContext: linkSourcesOf(context) });
      return { decision: 2 };
    },
    toString: () => 'witness',
  },
  spanProcessors: [new SimpleSpanProcessor(exporter)],
});
const tracer = provider.getTracer('fan-in-sources.spec');

const idOf = (index: number, length: number) => (index + 1).toString(16).padStart(length, '0');
const sources = (count: number): LinkSource[] =>
  Array.from({ length: count }, (_, index) => ({
    carrier: { traceparent: `00-${idOf(index, 32)}-${idOf(index, 16)}-01` },
  }));
const spanIds = (links: readonly Link[]) => links.map((link) => link.context.spanId);

beforeEach(() => {
  exporter.reset();
  handedOver.length = 0;
});

describe('the sources of a split fan-in', () => {
  it('all reach the sampler of the root, in order, even those whose link is on another part', () => {
    startFanIn(tracer, 'process-batch', sources(300))?.end();
    expect(handedOver[0]).toMatchObject({ name: 'process-batch', onSpan: 128 });
    expect(spanIds(handedOver[0]?.inContext ?? [])).toEqual(sources(300).map((_, index) => idOf(index, 16)));
    expect(exporter.getFinishedSpans().find(({ name }) => name === 'process-batch')?.links).toHaveLength(128);
  });

  it('do not reach the parts or the work done in the batch', () => {
    const fanIn = startFanIn(tracer, 'process-batch', sources(129));
    tracer.startSpan('reconcile-order', {}, fanIn?.contextOf(128)).end();
    fanIn?.end();
    expect(handedOver.map(({ name, inContext }) => [name, inContext.length])).toEqual([
      ['process-batch', 129],
      ['process-batch part 2/2', 0],
      ['reconcile-order', 0],
    ]);
  });

  it('are not passed on if all links fit on the root', () => {
    startFanIn(tracer, 'process-batch', sources(128))?.end();
    expect(handedOver).toEqual([{ name: 'process-batch', onSpan: 128, inContext: [] }]);
  });
});

describe('linkSourcesOf', () => {
  it('is empty for a context without sources, or with something else in their place', () => {
    const key = createContextKey('@span-links/tracing link sources');
    expect(linkSourcesOf(ROOT_CONTEXT)).toEqual([]);
    expect(linkSourcesOf(ROOT_CONTEXT.setValue(key, 'garbage'))).toEqual([]);
  });

  it('reads what another copy of this library wrote', () => {
    const links: Link[] = [{ context: { traceId: idOf(1, 32), spanId: idOf(1, 16), traceFlags: 1 } }];
    const key = createContextKey('@span-links/tracing link sources');
    expect(linkSourcesOf(ROOT_CONTEXT.setValue(key, links))).toBe(links);
    expect(withLinkSources(ROOT_CONTEXT, links).getValue(key)).toBe(links);
  });
});
