import {
  judgeSpan,
  spanCount,
  STATUS_CODE,
  type Span,
  type Steps,
  type TracesRequest,
} from '@span-links/otlp';
import { AttributeHashes } from './attribute-hash.ts';
import { CopyRows } from './copy-rows.ts';
import { serviceOf, type Dictionaries } from './dictionaries.ts';
import type { DictionaryEntry } from './dictionary.ts';
import { hashAttributes, hashEvents } from './hash-attributes.ts';
import { linkTarget, spanTimes, storedKind, validParent, writeLinkRow, writeSpanRow } from './span-rows.ts';
import { storableText } from './storable-text.ts';
import { Refusals } from './refusals.ts';

/** A stretch of the bytes of {@link CopyRows}. */
export interface RowRange {
  readonly start: number;
  readonly end: number;
}

/** A span as rows that lack only the data of the transaction: its id and the ids of shared data. */
export interface PreparedSpan {
  readonly request: PreparedRequest;
  readonly traceId: string;
  readonly spanId: string;
  readonly isRoot: boolean;
  readonly isError: boolean;
  /** True for a span that a killed process left. A complete copy may still come and replaces it. */
  readonly isInterrupted: boolean;
  /**
   * True if the start depends on the time of arrival. Two deliveries of the span may then differ.
   */
  readonly isStartAssumed: boolean;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly operation: DictionaryEntry;
  readonly resource: DictionaryEntry;
  readonly scope: DictionaryEntry;
  readonly row: RowRange;
  readonly linkRows: readonly RowRange[];
  /** A trace id for each link whose target is valid. */
  readonly targets: readonly string[];
  /** The place of the hashes of its attributes in `request.attributeHashes.values`. */
  readonly hashStart: number;
  readonly hashEnd: number;
  /** The estimated disk space. */
  readonly diskBytes: number;
}

/** An encoded request. The decoded one can be released. */
export interface PreparedRequest {
  readonly spanRows: CopyRows;
  readonly linkRows: CopyRows;
  /** Hashes of its spans' attributes, for the filters of their blocks. */
  readonly attributeHashes: AttributeHashes;
  readonly spans: PreparedSpan[];
  readonly refusals: Refusals;
  /** Counted when its spans are committed. */
  readonly written: { stored: number; duplicates: number };
}

/**
 * The size of the largest span. Its row must fit into PostgreSQL's messages of 1 GB, and `jsonb`
 * ends at 256 MB. The body of a request is much smaller.
 */
export const MAX_SPAN_BYTES = 32 * 1024 * 1024;

// Rows and index entries beyond the bytes that COPY takes: measured by bench/store.bench.mjs.
const SPAN_DISK_OVERHEAD = 200;
const LINK_DISK_OVERHEAD = 170;
// A span of eight to ten attributes takes about 400 bytes. The buffer grows if spans take more.
const EXPECTED_SPAN_BYTES = 512;
const EXPECTED_ATTRIBUTES = 10;
// Above this number, the buffers grow with the actual spans, because a span can be two bytes.
const MAX_SPANS_EXPECTED = 4_096;
// A span takes 5 to 20 µs.
const SPANS_PER_STEP = 8;

/** The data that spans of one scope share. */
export interface SharedEntries {
  readonly service: string;
  readonly resource: DictionaryEntry;
  readonly scope: DictionaryEntry;
}

/**
 * Encodes the storable part of a request and says why the rest cannot be stored, in steps. Never
 * throws because of sent data.
 *
 * @param prepared takes the result; the caller may watch it grow
 */
export function* prepareRequest(
  request: TracesRequest,
  dictionaries: Dictionaries,
  receivedAtMs: number,
  prepared = emptyRequest(spanCount(request)),
): Steps<PreparedRequest> {
  yield* forEachSpan(request, dictionaries, (span, shared) => {
    addSpan(prepared, span, dictionaries, receivedAtMs, shared);
  });
  return prepared;
}

export function emptyRequest(expectedSpans: number): PreparedRequest {
  const buffered = Math.min(expectedSpans, MAX_SPANS_EXPECTED);
  return {
    spanRows: new CopyRows(buffered * EXPECTED_SPAN_BYTES),
    linkRows: new CopyRows(0),
    attributeHashes: new AttributeHashes(buffered * EXPECTED_ATTRIBUTES),
    spans: [],
    refusals: new Refusals(),
    written: { stored: 0, duplicates: 0 },
  };
}

/** Visits spans in any form together with their shared data, in steps of a few spans. */
export function* forEachSpan<SpanForm>(
  { resourceSpans }: TracesRequest<SpanForm>,
  dictionaries: Dictionaries,
  visit: (span: SpanForm, shared: SharedEntries) => void,
): Steps<void> {
  let visited = 0;
  for (const { resource, scopeSpans, schemaUrl } of resourceSpans) {
    // An empty block would leave a row that no span uses.
    if (scopeSpans.every(({ spans }) => spans.length === 0)) continue;
    const service = serviceOf(resource);
    const resourceEntry = dictionaries.resource(resource, schemaUrl);
    for (const scoped of scopeSpans) {
      if (scoped.spans.length === 0) continue;
      const scope = dictionaries.scope(scoped.scope, scoped.schemaUrl);
      const shared = { service, resource: resourceEntry, scope };
      yield;
      for (const span of scoped.spans) {
        visit(span, shared);
        if (++visited % SPANS_PER_STEP === 0) yield;
      }
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
  const times = spanTimes(span, receivedAtMs);
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
  hashEvents(prepared.attributeHashes, span.events);
  // Field by field: with `...shared` first, V8 took 15 µs per object, most of the encoding time.
  prepared.spans.push({
    request: prepared,
    traceId: span.traceId,
    spanId: span.spanId,
    isRoot: validParent(span) === undefined,
    isError: span.status.code === STATUS_CODE.error,
    isInterrupted: isInterrupted(span),
    isStartAssumed: times.isAssumed,
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

/** The journal of libs/tracing sets this on spans that were open when their process died. */
const INTERRUPTED_ATTRIBUTE = 'spanlinks.interrupted';

/** The fast path recognises it by its length and leaves such spans to this path. */
export const INTERRUPTED_MESSAGE = 'interrupted';

function isInterrupted({ status, attributes }: Span): boolean {
  return (
    status.code === STATUS_CODE.error &&
    status.message === INTERRUPTED_MESSAGE &&
    attributes.some(({ key, value }) => key === INTERRUPTED_ATTRIBUTE && value === true)
  );
}

/** The estimated disk space of a span. @param rowBytes of its row and those of its links. */
export function diskBytes(rowBytes: number, links: number): number {
  return rowBytes + SPAN_DISK_OVERHEAD + links * LINK_DISK_OVERHEAD;
}
