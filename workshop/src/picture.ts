import type { CheckedSpan } from './checked-span.ts';

const COLUMN = 300;
const GAP = 90;
const ROW = 24;
const PADDING = 12;
const MARGIN = 16;
const INDENT = 14;
const MAX_TRACES_IN_A_COLUMN = 6;
const MAX_SPANS_IN_A_TRACE = 8;

interface DrawnSpan {
  readonly span: CheckedSpan;
  readonly depth: number;
  readonly x: number;
  readonly y: number;
}

interface Box {
  readonly title: string;
  readonly x: number;
  readonly y: number;
  readonly height: number;
  readonly spans: readonly DrawnSpan[];
  /** Spans that found no room. */
  readonly more: number;
}

/**
 * Draws the traces of a run as boxes and its links as arrows, sources on the left. IDs and times are left out, so two runs of
 * the same code make the same picture.
 */
export function picture(spans: readonly CheckedSpan[], title: string): string {
  const columns = columnsOf(spans);
  const boxes: Box[] = [];
  const left: { readonly x: number; readonly y: number; readonly text: string }[] = [];
  for (const [index, traces] of columns.entries()) {
    const x = MARGIN + index * (COLUMN + GAP);
    let y = MARGIN;
    for (const trace of traces.slice(0, MAX_TRACES_IN_A_COLUMN)) {
      const box = boxOf(trace, x, y);
      boxes.push(box);
      y += box.height + MARGIN;
    }
    const rest = traces.length - MAX_TRACES_IN_A_COLUMN;
    if (rest > 0) left.push({ x, y: y + PADDING, text: `… and ${rest} more traces` });
  }
  const height = Math.max(...boxes.map((box) => box.y + box.height), ...left.map(({ y }) => y)) + MARGIN;
  const width = 2 * MARGIN + columns.length * COLUMN + (columns.length - 1) * GAP;
  const parts = [
    ...boxes.map(boxText),
    ...left.map(({ x, y, text }) => `<text class="dim" x="${x}" y="${y}">${escaped(text)}</text>`),
    ...arrows(boxes),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escaped(title)}">
<title>${escaped(title)}</title>
<style>
text { font: 12px ui-sans-serif, system-ui, sans-serif; fill: #1f2328; }
.dim { fill: #59636e; }
.box { fill: #f6f8fa; stroke: #d1d9e0; }
.span { fill: #ddf4ff; stroke: #54aeff; }
.error { fill: #ffebe9; stroke: #ff8182; }
.link { fill: none; stroke: #bf3989; stroke-width: 1.5; marker-end: url(#head); }
.head { fill: #bf3989; }
@media (prefers-color-scheme: dark) {
text { fill: #e6edf3; }
.dim { fill: #9198a1; }
.box { fill: #151b23; stroke: #3d444d; }
.span { fill: #0c2d6b; stroke: #388bfd; }
.error { fill: #490202; stroke: #f85149; }
.link { stroke: #f778ba; }
.head { fill: #f778ba; }
}
</style>
<defs><marker id="head" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto"><path class="head" d="M0 0 L8 4 L0 8 Z"/></marker></defs>
${parts.join('\n')}
</svg>
`;
}

/** Traces by how many links lead away from them, one after the other. */
function columnsOf(spans: readonly CheckedSpan[]): CheckedSpan[][][] {
  const traces = new Map<string, CheckedSpan[]>();
  for (const span of spans) traces.set(span.traceId, [...(traces.get(span.traceId) ?? []), span]);
  const depths = new Map<string, number>();
  const depthOf = (traceId: string, above: ReadonlySet<string>): number => {
    const known = depths.get(traceId);
    if (known !== undefined || above.has(traceId)) return known ?? 0;
    const inner = new Set(above).add(traceId);
    const targets = (traces.get(traceId) ?? []).flatMap(({ links }) => links.map((link) => link.traceId));
    const others = targets.filter((target) => target !== traceId && traces.has(target));
    const depth = Math.max(0, ...others.map((target) => 1 + depthOf(target, inner)));
    depths.set(traceId, depth);
    return depth;
  };
  const columns: CheckedSpan[][][] = [];
  for (const [traceId, ofTrace] of traces) (columns[depthOf(traceId, new Set())] ??= []).push(ofTrace);
  const byKey = (a: readonly CheckedSpan[], b: readonly CheckedSpan[]) =>
    keyOfTrace(a, traces) < keyOfTrace(b, traces) ? -1 : 1;
  return columns.filter((column) => column !== undefined).map((column) => column.sort(byKey));
}

const labelOf = ({ name, attributes }: CheckedSpan) => {
  const about = attributes['order.id'] ?? attributes['spanlinks.attempt'];
  const word = attributes['order.id'] === undefined ? 'attempt ' : '';
  return about === undefined ? name : `${name}  ${word}${String(about)}`;
};

/** The labels of a trace and of the traces that it links to: the order of traces must not depend on the clock. */
function keyOfTrace(
  trace: readonly CheckedSpan[],
  traces: ReadonlyMap<string, readonly CheckedSpan[]>,
): string {
  const words = (spans: readonly CheckedSpan[]) => spans.map(labelOf).sort().join('\n');
  const targets = trace.flatMap(({ links }) => links.map((link) => words(traces.get(link.traceId) ?? [])));
  return [words(trace), ...targets.sort()].join('\n\n');
}

function boxOf(trace: readonly CheckedSpan[], x: number, top: number): Box {
  const ordered = inTreeOrder(trace);
  const shown = ordered.slice(0, MAX_SPANS_IN_A_TRACE);
  const more = ordered.length - shown.length;
  const rows = 1 + shown.length + (more > 0 ? 1 : 0);
  const services = [...new Set(ordered.map(({ span }) => span.service))].join(', ');
  return {
    title: services,
    x,
    y: top,
    height: rows * ROW + PADDING,
    spans: shown.map(({ span, depth }, index) => ({ span, depth, x, y: top + (index + 1) * ROW + 4 })),
    more,
  };
}

function inTreeOrder(trace: readonly CheckedSpan[]): { span: CheckedSpan; depth: number }[] {
  const ids = new Set(trace.map(({ spanId }) => spanId));
  const below = (parent: string | undefined, depth: number): { span: CheckedSpan; depth: number }[] =>
    trace
      .filter(({ parentSpanId }) =>
        parent === undefined ? parentSpanId === undefined || !ids.has(parentSpanId) : parentSpanId === parent,
      )
      .sort((a, b) => a.arrival - b.arrival)
      .flatMap((span) => [{ span, depth }, ...below(span.spanId, depth + 1)]);
  return below(undefined, 0);
}

function boxText({ title, x, y, height, spans, more }: Box): string {
  const rows = spans.map(({ span, depth, y: top }) => {
    const indent = PADDING + depth * INDENT;
    const width = COLUMN - PADDING - indent;
    const kind = span.status === 'error' ? 'span error' : 'span';
    const count = span.links.length > 1 ? `  ↗${span.links.length}` : '';
    return (
      `<rect class="${kind}" x="${x + indent}" y="${top}" width="${width}" height="${ROW - 4}" rx="4"/>` +
      `<text x="${x + indent + 8}" y="${top + 14}">${escaped(labelOf(span) + count)}</text>`
    );
  });
  const last = y + (spans.length + 1) * ROW + 18;
  return [
    `<rect class="box" x="${x}" y="${y}" width="${COLUMN}" height="${height}" rx="6"/>`,
    `<text class="dim" x="${x + PADDING}" y="${y + 17}">${escaped(title)}</text>`,
    ...rows,
    ...(more > 0 ? [`<text class="dim" x="${x + PADDING}" y="${last}">… and ${more} more spans</text>`] : []),
  ].join('\n');
}

function arrows(boxes: readonly Box[]): string[] {
  const drawn = new Map(boxes.flatMap(({ spans }) => spans.map((each) => [keyOf(each.span), each])));
  const paths = boxes.flatMap(({ spans }) =>
    spans.flatMap((from) =>
      from.span.links.flatMap((link) => {
        const to = drawn.get(keyOf(link));
        return to ? [arrow(from, to)] : [];
      }),
    ),
  );
  return [...new Set(paths)].sort();
}

/** From the left end of a span to the right end of its source. */
function arrow(from: DrawnSpan, to: DrawnSpan): string {
  const [x1, y1] = [from.x + PADDING + from.depth * INDENT, from.y + 10];
  const [x2, y2] = [to.x + COLUMN - PADDING, to.y + 10];
  const middle = (x1 + x2) / 2;
  return `<path class="link" d="M${x1} ${y1} C${middle} ${y1} ${middle} ${y2} ${x2} ${y2}"/>`;
}

const keyOf = ({ traceId, spanId }: { readonly traceId: string; readonly spanId: string }) =>
  `${traceId}/${spanId}`;

function escaped(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;').replace(/"/g, '&quot;');
}
