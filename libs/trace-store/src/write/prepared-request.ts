import { judgeSpan, spanCount, STATUS_CODE, type Span, type TracesRequest } from '@span-links/otlp';
import { AttributeHashes } from './attribute-hash.ts';
import { CopyRows } from './copy-rows.ts';
import { serviceOf, type Dictionaries } from './dictionaries.ts';
import type { DictionaryEntry } from './dictionary.ts';
import { hashAttributes } from './hash-attributes.ts';
import { linkTarget, spanTimes, storedKind, validParent, writeLinkRow, writeSpanRow } from './span-rows.ts';
import { storableText } from './storable-text.ts';
import { Refusals } from './refusals.ts';

/** A stretch of the bytes of {@link CopyRows}. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** A span as rows that lack only what the transaction gives: its id and those of what it shares with others. */
export interface PreparedSpan {
  readonly request: PreparedRequest;
  readonly traceId: string;
  readonly spanId: string;
  readonly isRoot: boolean;
  readonly isError: boolean;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly operation: DictionaryEntry;
  readonly resource: DictionaryEntry;
  readonly scope: DictionaryEntry;
  readonly row: RowRange;
  readonly linkRows: readonly RowRange[];
  /** A trace id for each link whose target is valid. */
  readonly targets: readonly string[];
  /** Where the hashes of its attributes stand in `request.attributeHashes.values`. */
  readonly hashStart: number;
  readonly hashEnd: number;
  /** What it takes on the disk, estimated. */
  readonly diskBytes: number;
}

/** A request, encoded. The decoded one can be let go of. */
export interface PreparedRequest {
  readonly spanRows: CopyRows;
  readonly linkRows: CopyRows;
  /** Of the attributes of its spans, for the filters of the blocks that they come into. */
  readonly attributeHashes: AttributeHashes;
  readonly spans: PreparedSpan[];
  readonly refusals: Refusals;
  /** Counted as its spans are committed. */
  readonly written: { stored: number; duplicates: number };
}

/**
 * The largest span: its row has to fit into PostgreSQL's messages of 1 GB, and `jsonb` ends at 256 MB; the body of a request is
 * much smaller.
 */
export const MAX_SPAN_BYTES = 32 * 1024 * 1024;

// Rows and index entries beyond the bytes that COPY takes: measured by bench/store.bench.mjs.
const SPAN_DISK_OVERHEAD = 200;
const LINK_DISK_OVERHEAD = 170;
// A span of eight to ten attributes takes about 400 bytes; the buffer grows where they take more.
const EXPECTED_SPAN_BYTES = 512;
const EXPECTED_ATTRIBUTES = 10;

/** What spans of one scope share. */
export interface SharedEntries {
  readonly service: string;
  readonly resource: DictionaryEntry;
  readonly scope: DictionaryEntry;
}

/** Encodes what can be stored of a request and says why the rest cannot. Never throws for what was sent. */
export function prepareRequest(
  request: TracesRequest,
  dictionaries: Dictionaries,
  receivedAtMs: number,
): PreparedRequest {
  const prepared = emptyRequest(spanCount(request));
  forEachSpan(request, dictionaries, (span, shared) => {
    addSpan(prepared, span, dictionaries, receivedAtMs, shared);
  });
  return prepared;
}

export function emptyRequest(expectedSpans: number): PreparedRequest {
  return {
    spanRows: new CopyRows(expectedSpans * EXPECTED_SPAN_BYTES),
    linkRows: new CopyRows(0),
    attributeHashes: new AttributeHashes(expectedSpans * EXPECTED_ATTRIBUTES),
    spans: [],
    refusals: new Refusals(),
    written: { stored: 0, duplicates: 0 },
  };
}

/** Visits spans, in whatever form, with what they share. */
export function forEachSpan<SpanForm>(
  { resourceSpans }: TracesRequest<SpanForm>,
  dictionaries: Dictionaries,
  visit: (span: SpanForm, shared: SharedEntries) => void,
): void {
  for (const { resource, scopeSpans, schemaUrl } of resourceSpans) {
    // An empty block would leave a row that no span uses.
    if (scopeSpans.every(({ spans }) => spans.length === 0)) continue;
    const service = serviceOf(resource);
    const resourceEntry = dictionaries.resource(resource, schemaUrl);
    for (const scoped of scopeSpans) {
      if (scoped.spans.length === 0) continue;
      const scope = dictionaries.scope(scoped.scope, scoped.schemaUrl);
      const shared = { service, resource: resourceEntry, scope };
      for (const span of scoped.spans) visit(span, shared);
    }
  }
}

/** Adds a span to a request, or the reason why it cannot be stored. */
export function addSpan(
  prepared: PreparedRequest,
  span: Span,
  dictionaries: Dictionaries,
  receivedAtMs: number,
  shared: SharedEntries,
): void {
  const { verdict, problems } = judgeSpan(span);
  if (verdict === 'unusable') {
    prepared.refusals.add(problems[0]?.kind === 'trace-id' ? 'no valid trace id' : 'no valid span id');
    return;
  }
  const { spanRows, linkRows } = prepared;
  const rowStart = spanRows.length;
  const linksStart = linkRows.length;
  const hashStart = prepared.attributeHashes.length;
  const times = spanTimes(span);
  const name = storableText(span.name);
  writeSpanRow(spanRows, span, name, times, receivedAtMs);
  const links = span.links.map((link, index) => {
    const start = linkRows.length;
    writeLinkRow(linkRows, span, link, index);
    return { start, end: linkRows.length };
  });
  const bytes = spanRows.length - rowStart + linkRows.length - linksStart;
  if (bytes > MAX_SPAN_BYTES) {
    spanRows.length = rowStart;
    linkRows.length = linksStart;
    prepared.refusals.add(`larger than ${MAX_SPAN_BYTES} bytes`);
    return;
  }
  hashAttributes(prepared.attributeHashes, span.attributes);
  // Field by field: with `...shared` first, V8 made these objects in 15 µs each, most of the encoding.
  prepared.spans.push({
    request: prepared,
    traceId: span.traceId,
    spanId: span.spanId,
    isRoot: validParent(span) === undefined,
    isError: span.status.code === STATUS_CODE.error,
    startNs: times.startNs,
    endNs: times.startNs + times.durationNs,
    operation: dictionaries.operation(shared.service, name, storedKind(span.kind)),
    resource: shared.resource,
    scope: shared.scope,
    row: { start: rowStart, end: spanRows.length },
    linkRows: links,
    targets: span.links.map(linkTarget).filter((target) => target !== undefined),
    hashStart,
    hashEnd: prepared.attributeHashes.length,
    diskBytes: diskBytes(bytes, links.length),
  });
}

/** What a span takes on the disk, estimated. @param rowBytes of its row and those of its links. */
export function diskBytes(rowBytes: number, links: number): number {
  return rowBytes + SPAN_DISK_OVERHEAD + links * LINK_DISK_OVERHEAD;
}
