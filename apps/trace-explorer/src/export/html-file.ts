import { attributeText, type Attribute, type JourneyView, type SpanEvent } from '@span-links/explorer-api';
import type { FullSpan, OwnLink } from '@span-links/trace-store';
import { durationText, timeText } from '../mcp/answer.ts';
import { Html, html, joined } from './html-text.ts';
import { STYLE } from './html-style.ts';
import { waterfallOrder } from './waterfall-order.ts';

export interface HtmlFileContent {
  readonly journey: JourneyView | null;
  /** By start time, with the spans of a trace in time order. */
  readonly traces: readonly (readonly FullSpan[])[];
  /** True if there are more spans. */
  readonly isCut: boolean;
  readonly madeAt: Date;
}

/**
 * A trace or a journey as one HTML file that opens from disk, without a network and without
 * scripts. It has a waterfall per trace, and each span unfolds into its attributes, events and
 * links. It comes in pieces, so that a slow reader does not hold the whole text in memory.
 */
export function* htmlFile({ journey, traces, isCut, madeAt }: HtmlFileContent): Generator<string> {
  const here = new Set(traces.flatMap((spans) => spans.map(anchorOf)));
  const first = rootOf(traces[0] ?? []);
  const title = journey ? journeyTitle(journey) : `${first?.name ?? ''} · ${first?.service ?? ''}`;
  const spanCount = traces.reduce((sum, spans) => sum + spans.length, 0);
  // Prettier would close the elements that the rest of the file is in.
  // prettier-ignore
  yield html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <h1>${title}</h1>
          <p>
            ${journey ? `Journey ${journey.summary.journeyId}` : `Trace ${first?.traceId ?? ''}`} ·
            ${countOf(traces.length, 'trace')} · ${countOf(spanCount, 'span')} · saved ${madeAt.toISOString()}
            · all times are UTC
          </p>
          ${isCut ? html`<p class="cut">This file holds the first ${spanCount.toLocaleString('en')} spans. Download OTLP lines to get all of them.</p>` : ''}
          <p class="legend">
            <span class="bar"></span> work <span class="bar wait"></span> wait before it
            <span class="bar error"></span> failed <span class="mark">↗</span> links to other spans. Click a
            span to see what it holds.
          </p>
        </header>
        <main>
`.text;
  if (journey) yield journeySection(journey, here).text;
  for (const spans of traces) yield* traceSection(spans, here);
  yield '</main>\n</body>\n</html>\n';
}

function journeyTitle({ summary: { item, path } }: JourneyView): string {
  return item ? `${item.key} ${item.value}` : (path[0]?.operation ?? 'Journey');
}

function journeySection({ summary, units, unitCount }: JourneyView, here: ReadonlySet<string>): Html {
  const { state, totalNs, workNs, waitNs, message } = summary;
  const rows = units.map((unit) => {
    const { service, operation, startNs, durationNs, traceId, spanId } = unit;
    const waited = unit.waitNs > 0 && unit.parent >= 0 ? unit.waitNs : 0;
    const anchor = `${traceId}-${spanId}`;
    const name = here.has(anchor) ? html`<a href="#${anchor}">${operation}</a>` : html`${operation}`;
    return html`<tr${unit.hasFailed ? html` class="failed"` : ''}>
<th scope="row">${name} <small>${service}</small></th>
<td class="lane">${waited > 0 ? bar('wait', startNs - waited, waited, totalNs) : ''}${bar(unit.hasFailed ? 'error' : '', startNs, durationNs, totalNs)}</td>
<td class="figure">${waited > 0 ? durationText(waited) : ''}</td><td class="figure">${durationText(durationNs)}</td>
</tr>
`;
  });
  const left = unitCount - units.length;
  return html`<section>
    <h2>The journey</h2>
    <p>
      ${state}, took ${durationText(totalNs)}: ${durationText(workNs)} of work and ${durationText(waitNs)} of
      waiting.${message === null ? '' : ` ${message}`}
    </p>
    <table>
      <thead>
        <tr>
          <th scope="col">Step</th>
          <th scope="col">When</th>
          <th scope="col">Waited</th>
          <th scope="col">Took</th>
        </tr>
      </thead>
      <tbody>
        ${joined(rows)}
      </tbody>
    </table>
    ${left > 0 ? html`<p>${countOf(left, 'more step')} left out.</p>` : ''}
  </section> `;
}

function* traceSection(spans: readonly FullSpan[], here: ReadonlySet<string>): Generator<string> {
  const first = spans[0];
  if (!first) return;
  const root = rootOf(spans)!;
  const startOf = (span: FullSpan) => Number(BigInt(span.startTime) - BigInt(first.startTime));
  const totalNs = spans.reduce((end, span) => Math.max(end, startOf(span) + span.durationNs), 0);
  // The section ends after its spans.
  // prettier-ignore
  yield html`<section>
    <h2>${root.name} <small>${root.service}</small></h2>
    <p>
      Trace <code>${first.traceId}</code> · ${timeText(first.startTime)} · ${durationText(totalNs)} ·
      ${countOf(spans.length, 'span')}
    </p>
`.text;
  for (const { span, depth } of waterfallOrder(spans)) {
    const links =
      span.links.length > 0 ? html` <span class="mark" title="links">↗ ${span.links.length}</span>` : '';
    yield html`<details${span.status === 'error' ? html` class="failed"` : ''}>
<summary><span class="name" style="padding-inline-start:${Math.min(depth, 24) * 0.75}rem">${span.name || '(no name)'} <small>${span.service}</small>${links}</span><span class="lane">${bar(span.status === 'error' ? 'error' : '', startOf(span), span.durationNs, totalNs)}</span><span class="figure">${durationText(span.durationNs)}</span></summary>
<div class="span" id="${anchorOf(span)}">
${spanBody(span, here)}</div>
</details>
`.text;
  }
  yield '</section>\n';
}

function spanBody(span: FullSpan, here: ReadonlySet<string>): Html {
  const { resource, scope } = span;
  const facts: readonly (readonly [string, string])[] = [
    ['span id', span.spanId],
    ['parent', span.parentSpanId ?? 'none'],
    ['kind', span.kind],
    ['status', span.statusMessage ? `${span.status}: ${span.statusMessage}` : span.status],
    ['start', timeText(span.startTime)],
    ['scope', `${scope.name} ${scope.version}`.trim()],
  ];
  return joined([
    list('Span', facts),
    list('Attributes', span.attributes.map(pairOf), span.droppedAttributesCount),
    span.links.length + span.droppedLinksCount === 0
      ? html``
      : html`<h3>Links${dropped(span.droppedLinksCount)}</h3>
          <ul>
            ${joined(span.links.map((link) => linkItem(link, here)))}
          </ul>`,
    span.events.length + span.droppedEventsCount === 0
      ? html``
      : html`<h3>Events${dropped(span.droppedEventsCount)}</h3>
          <ul>
            ${joined(span.events.map(eventItem))}
          </ul>`,
    list('Resource', resource.attributes.map(pairOf), resource.droppedAttributesCount),
  ]);
}

function list(name: string, pairs: readonly (readonly [string, string])[], droppedCount = 0): Html {
  if (pairs.length + droppedCount === 0) return html``;
  const items = pairs.map(
    ([key, value]) =>
      html`<dt>${key}</dt>
        <dd>${value}</dd>`,
  );
  return html`<h3>${name}${dropped(droppedCount)}</h3>
    <dl>${joined(items)}</dl> `;
}

function linkItem(link: OwnLink, here: ReadonlySet<string>): Html {
  const anchor = `${link.traceId}-${link.spanId}`;
  const ids = html`trace <code>${link.traceId}</code> span <code>${link.spanId}</code>`;
  const target = here.has(anchor) ? html`<a href="#${anchor}">${ids}</a>` : html`${ids}, not in this file`;
  return html`<li>${target}${pairs(link.attributes)}</li>`;
}

function eventItem(event: SpanEvent): Html {
  return html`<li><b>${event.name}</b> ${timeText(event.time)}${pairs(event.attributes)}</li>`;
}

function pairs(attributes: readonly Attribute[]): Html {
  return joined(
    attributes.map((attribute) => html`<br /><code>${attribute.key}</code> ${attributeText(attribute)}`),
  );
}

const pairOf = (attribute: Attribute) => [attribute.key, attributeText(attribute)] as const;
const dropped = (count: number) => (count > 0 ? `, and ${countOf(count, 'more')} dropped by the sender` : '');
const anchorOf = ({ traceId, spanId }: FullSpan) => `${traceId}-${spanId}`;

function rootOf(spans: readonly FullSpan[]): FullSpan | undefined {
  return spans.find(({ parentSpanId }) => parentSpanId === null) ?? spans[0];
}

/** A bar of a lane. It stays inside the lane even if clocks disagree. */
function bar(kind: '' | 'wait' | 'error', fromNs: number, ns: number, totalNs: number): Html {
  const percent = (value: number) => (totalNs > 0 ? Math.min(100, Math.max(0, (100 * value) / totalNs)) : 0);
  const from = percent(fromNs);
  const width = Math.min(percent(fromNs + ns), 100) - from;
  return html`<span class="bar ${kind}" style="left:${from.toFixed(3)}%;width:${width.toFixed(3)}%"></span>`;
}

function countOf(count: number, what: string): string {
  const plural = count === 1 || what === 'more' ? what : `${what}s`;
  return `${count.toLocaleString('en')} ${plural}`;
}
