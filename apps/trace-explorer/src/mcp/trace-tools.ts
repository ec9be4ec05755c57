import type { LinkPage, ResolvedLink, SpanSummary } from '@span-links/explorer-api';
import { z } from 'zod';
import { durationText, named, textOf, timeText, tracePage } from './answer.ts';
import { tool } from './tool.ts';
import { limit, spanId, traceId } from './tool-input.ts';

const MAX_TARGETS = 5;

export const getTrace = tool({
  name: 'get_trace',
  title: 'Get a trace',
  description:
    'A trace as a tree of spans, with how many links each has and is the target of. If there are more spans than limit, those with errors or links come first.',
  input: z.object({ traceId, limit: limit(40, 200) }),
  async run(reads, { traceId, limit }) {
    const { summary, spans, truncated, journey } = await reads.trace(traceId);
    const shown = mostTelling(spans, limit);
    const depths = depthsOf(spans);
    const left = spans.length - shown.length;
    return {
      lines: [
        `${named(summary.root.service)} ${named(summary.root.name)}, started ${timeText(summary.startTime)}, ${durationText(summary.durationNs)}, ${summary.spanCount} spans, ${summary.errorCount} errors, ${summary.linkCount} links, ${summary.backlinkCount} links lead here`,
        ...(journey === null
          ? []
          : [`Part of the journey ${journey.journeyId}; why_slow tells its critical path.`]),
        ...shown.map(
          (span) => `${'  '.repeat(Math.min(depths.get(span.spanId) ?? 0, 12))}- ${spanLine(span)}`,
        ),
      ],
      omitted: [
        left > 0 ? `${left} spans without errors or links` : undefined,
        truncated ? 'spans beyond the limit of the explorer' : undefined,
        'attributes, events and the other ends of links',
      ],
      page: tracePage(traceId.toLowerCase()),
    };
  },
});

export const whoLinksHere = tool({
  name: 'who_links_here',
  title: 'Who links here',
  description:
    'The spans of other traces whose span links lead to a span, or to the spans of a trace: which batch, consumer or retry went on from here.',
  input: z.object({ traceId, spanId: spanId.optional(), limit: limit(20, 100) }),
  async run(reads, { traceId, spanId, limit }) {
    const { spans } = await reads.trace(traceId);
    const wanted = spanId?.toLowerCase();
    const all = spans
      .filter((span) => (wanted === undefined ? span.backlinkCount > 0 : span.spanId === wanted))
      .sort((a, b) => b.backlinkCount - a.backlinkCount);
    const targets = all.slice(0, MAX_TARGETS);
    const lines: string[] = [];
    let left = 0;
    for (const target of targets) {
      const parameters = { direction: 'in', limit: String(limit) };
      const page = await reads.links(traceId, target.spanId, parameters);
      lines.push(headOf(target, page), ...page.links.map(linkLine));
      left += page.rollUp.total - page.links.length;
    }
    return {
      lines: targets.length === 0 ? [nobody(wanted, spans)] : lines,
      omitted: [
        left > 0 ? `${left} more links` : undefined,
        all.length > targets.length
          ? `${all.length - targets.length} more spans with links to them`
          : undefined,
      ],
      page: tracePage(traceId.toLowerCase(), targets[0]?.spanId),
    };
  },
});

function nobody(spanId: string | undefined, spans: readonly SpanSummary[]): string {
  if (spanId !== undefined)
    return `There is no span ${spanId} among the ${spans.length} spans of this trace.`;
  return 'No link leads to a span of this trace.';
}

function headOf(span: SpanSummary, { rollUp }: LinkPage): string {
  const services = rollUp.services.slice(0, 5).map(({ service, count }) => `${count} from ${named(service)}`);
  return `${named(span.service)} ${named(span.name)} (spanId ${span.spanId}): ${rollUp.total} links lead here${services.length > 0 ? `, ${services.join(', ')}` : ''}`;
}

function linkLine({ traceId, spanId, gapNs, attributes, other }: ResolvedLink): string {
  const relation = textOf(attributes, 'spanlinks.relation');
  const parts = [
    other.resolved
      ? `${named(other.service)} ${named(other.name)}, ${other.status}, ${durationText(other.durationNs)}`
      : `not here (${other.reason})`,
    relation === undefined ? undefined : `relation ${named(relation)}`,
    gapNs === null ? undefined : `${durationText(Math.max(gapNs, 0))} later`,
  ];
  return `- ${parts.filter((part) => part !== undefined).join(', ')}  traceId ${traceId} spanId ${spanId}`;
}

function spanLine(span: SpanSummary): string {
  const parts = [
    `${named(span.service)} ${named(span.name)}`,
    span.kind,
    durationText(span.durationNs),
    span.status === 'error' ? 'ERROR' : undefined,
    span.linkCount > 0 ? `${span.linkCount} links` : undefined,
    span.droppedLinksCount > 0 ? `${span.droppedLinksCount} links were dropped by its SDK` : undefined,
    span.backlinkCount > 0 ? `${span.backlinkCount} links lead here` : undefined,
  ];
  return `${parts.filter((part) => part !== undefined).join(', ')}  spanId ${span.spanId}`;
}

/**
 * Spans in their order. If not all fit, roots, errors and spans with links come before the others.
 */
function mostTelling(spans: readonly SpanSummary[], limit: number): readonly SpanSummary[] {
  if (spans.length <= limit) return spans;
  const weight = (span: SpanSummary) =>
    Number(span.parentSpanId === null) * 4 +
    Number(span.status === 'error') * 2 +
    Number(span.linkCount + span.backlinkCount > 0);
  const chosen = new Set([...spans].sort((a, b) => weight(b) - weight(a)).slice(0, limit));
  return spans.filter((span) => chosen.has(span));
}

function depthsOf(spans: readonly SpanSummary[]): ReadonlyMap<string, number> {
  const parents = new Map(spans.map(({ spanId, parentSpanId }) => [spanId, parentSpanId]));
  const depths = new Map<string, number>();
  for (const { spanId } of spans) {
    let depth = 0;
    // Bounded, because received parents may form a circle.
    for (let at = parents.get(spanId); at != null && parents.has(at) && depth < 12; at = parents.get(at))
      depth++;
    depths.set(spanId, depth);
  }
  return depths;
}
