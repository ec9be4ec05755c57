import type { TracesRequest } from './otlp-model.ts';
import { WireReader } from './protobuf-fields.ts';

export interface SpanCount {
  readonly spans: number;
  readonly links: number;
}

/**
 * Counts the spans and links of a request in protobuf by their tags and builds nothing. It skips
 * the content of links, events and attributes by length, so damage in there is not seen.
 *
 * @throws {OtlpDecodeError} when the messages around spans and links are broken
 */
export function countSpansProtobuf(bytes: Uint8Array): SpanCount {
  const reader = new WireReader(bytes);
  const count = { spans: 0, links: 0 };
  try {
    forEachField(reader, RESOURCE_SPANS, () => {
      within(reader, SCOPE_SPANS, () => {
        within(reader, SPANS, () => {
          count.spans++;
          within(reader, LINKS, () => {
            count.links++;
            reader.skipField(LINKS);
          });
        });
      });
    });
  } catch (error) {
    throw reader.asDecodeError(error);
  }
  return count;
}

// Tags: field number * 8 + 2 (length-delimited).
const RESOURCE_SPANS = 10;
const SCOPE_SPANS = 18;
const SPANS = 18;
const LINKS = 106;

function within(reader: WireReader, wanted: number, visit: () => void): void {
  const outer = reader.enter();
  forEachField(reader, wanted, visit);
  reader.leave(outer);
}

function forEachField(reader: WireReader, wanted: number, visit: () => void): void {
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === wanted) visit();
    else reader.skipField(tag);
  }
}

/** The same for a decoded request. */
export function countSpans(request: TracesRequest): SpanCount {
  let links = 0;
  for (const { scopeSpans } of request.resourceSpans) {
    for (const { spans } of scopeSpans) for (const span of spans) links += span.links.length;
  }
  return { spans: spanCount(request), links };
}

/** The number of spans in a request of any form. */
export function spanCount({ resourceSpans }: TracesRequest<unknown>): number {
  let count = 0;
  for (const { scopeSpans } of resourceSpans) for (const { spans } of scopeSpans) count += spans.length;
  return count;
}
