import type { Steps } from './loop-turns.ts';
import { readAttribute } from './protobuf-any-value.ts';
import type { Resource, ResourceSpans, Scope, ScopeSpans, TracesRequest } from './traces-request.ts';
import type { Writable } from './writable.ts';
import type { WireReader } from './wire-reader.ts';

/** How to read a span: completely, or only its place. */
export type SpanReader<SpanForm> = (reader: WireReader) => SpanForm;

/** Reads an `ExportTraceServiceRequest`, with one step per scope. */
export function* readRequest<SpanForm>(
  reader: WireReader,
  readSpan: SpanReader<SpanForm>,
): Steps<TracesRequest<SpanForm>> {
  const resourceSpans: ResourceSpans<SpanForm>[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === 10) resourceSpans.push(yield* readResourceSpans(reader, readSpan));
    else reader.skipField(tag);
  }
  return { resourceSpans };
}

function* readResourceSpans<SpanForm>(
  reader: WireReader,
  readSpan: SpanReader<SpanForm>,
): Steps<ResourceSpans<SpanForm>> {
  const resource: Writable<Resource> = { attributes: [], droppedAttributesCount: 0 };
  const scopeSpans: ScopeSpans<SpanForm>[] = [];
  let schemaUrl = '';
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10: // resource = 1
        readResource(reader, resource);
        yield;
        break;
      case 18: // scope_spans = 2
        scopeSpans.push(readScopeSpans(reader, readSpan));
        yield;
        break;
      case 26: // schema_url = 3
        schemaUrl = reader.text();
        break;
      default:
        reader.skipField(tag);
    }
  }
  reader.leave(outer);
  return { resource, scopeSpans, schemaUrl };
}

/** Reads into `resource`, because protobuf merges a message field that is sent twice. */
export function readResource(reader: WireReader, resource: Writable<Resource>): void {
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10: // attributes = 1
        resource.attributes.push(readAttribute(reader));
        break;
      case 16: // dropped_attributes_count = 2
        resource.droppedAttributesCount = reader.uint32();
        break;
      default:
        reader.skipField(tag);
    }
  }
  reader.leave(outer);
}

function readScopeSpans<SpanForm>(reader: WireReader, readSpan: SpanReader<SpanForm>): ScopeSpans<SpanForm> {
  const scope: Writable<Scope> = { name: '', version: '', attributes: [], droppedAttributesCount: 0 };
  const spans: SpanForm[] = [];
  let schemaUrl = '';
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10: // scope = 1
        readScope(reader, scope);
        break;
      case 18: // spans = 2
        spans.push(readSpan(reader));
        break;
      case 26: // schema_url = 3
        schemaUrl = reader.text();
        break;
      default:
        reader.skipField(tag);
    }
  }
  reader.leave(outer);
  return { scope, spans, schemaUrl };
}

export function readScope(reader: WireReader, scope: Writable<Scope>): void {
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10: // name = 1
        scope.name = reader.text();
        break;
      case 18: // version = 2
        scope.version = reader.text();
        break;
      case 26: // attributes = 3
        scope.attributes.push(readAttribute(reader));
        break;
      case 32: // dropped_attributes_count = 4
        scope.droppedAttributesCount = reader.uint32();
        break;
      default:
        reader.skipField(tag);
    }
  }
  reader.leave(outer);
}
