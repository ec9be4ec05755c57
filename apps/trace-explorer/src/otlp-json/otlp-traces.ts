import { SPAN_KINDS, SPAN_STATUSES, type Attribute, type AttributeValue } from '@span-links/explorer-api';
import type { FullSpan, OwnLink } from '@span-links/trace-store';

/**
 * `TracesData` in OTLP/JSON: ids are hex, enums are numbers, 64-bit integers are text, and defaults
 * are left out.
 */
export interface OtlpTraces {
  readonly resourceSpans: readonly object[];
}

/**
 * Spans as OTLP/JSON, with everything that was sent. Neighbours with the same resource and scope
 * are written together.
 *
 * The store does not keep the order of attributes. Apart from that, the same spans give the same
 * text each time.
 *
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function otlpTraces(spans: readonly FullSpan[]): OtlpTraces {
  const resourceSpans = groups(spans, ({ resource }) => JSON.stringify(resource)).map((ofResource) => {
    const { resource } = ofResource[0]!;
    const scopeSpans = groups(ofResource, ({ scope }) => JSON.stringify(scope)).map((ofScope) => ({
      scope: scopeOf(ofScope[0]!),
      spans: ofScope.map(otlpSpan),
      ...text('schemaUrl', ofScope[0]!.scope.schemaUrl),
    }));
    const attributes = { ...list('attributes', resource.attributes.map(otlpAttribute)) };
    return {
      resource: { ...attributes, ...count('droppedAttributesCount', resource.droppedAttributesCount) },
      scopeSpans,
      ...text('schemaUrl', resource.schemaUrl),
    };
  });
  return { resourceSpans };
}

function groups<Item>(items: readonly Item[], keyOf: (item: Item) => string): Item[][] {
  const made = new Map<string, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = made.get(key);
    if (group) group.push(item);
    else made.set(key, [item]);
  }
  return [...made.values()];
}

function scopeOf({ scope }: FullSpan): object {
  return {
    ...text('name', scope.name),
    ...text('version', scope.version),
    ...list('attributes', scope.attributes.map(otlpAttribute)),
    ...count('droppedAttributesCount', scope.droppedAttributesCount),
  };
}

function otlpSpan(span: FullSpan): object {
  const kind = SPAN_KINDS.indexOf(span.kind);
  return {
    traceId: span.traceId,
    spanId: span.sharedSpanId ?? span.spanId,
    ...text('traceState', span.traceState),
    ...text('parentSpanId', sentParent(span) ?? ''),
    ...count('flags', span.flags),
    ...text('name', span.name),
    ...count('kind', kind),
    startTimeUnixNano: span.sentStartTime ?? span.startTime,
    endTimeUnixNano: span.endTime,
    ...list('attributes', span.attributes.map(otlpAttribute)),
    ...count('droppedAttributesCount', span.droppedAttributesCount),
    ...list(
      'events',
      span.events.map((event) => ({
        timeUnixNano: event.time,
        ...text('name', event.name),
        ...list('attributes', event.attributes.map(otlpAttribute)),
        ...count('droppedAttributesCount', event.droppedAttributesCount),
      })),
    ),
    ...count('droppedEventsCount', span.droppedEventsCount),
    ...list('links', span.links.map(otlpLink)),
    ...count('droppedLinksCount', span.droppedLinksCount),
    status: {
      ...text('message', span.statusMessage),
      ...count('code', SPAN_STATUSES.indexOf(span.status)),
    },
  };
}

function sentParent({ sentParentSpanId, parentSpanId }: FullSpan): string | null {
  return sentParentSpanId === undefined ? parentSpanId : sentParentSpanId;
}

function otlpLink(link: OwnLink): object {
  return {
    traceId: link.traceId,
    spanId: link.spanId,
    ...text('traceState', link.traceState),
    ...list('attributes', link.attributes.map(otlpAttribute)),
    ...count('droppedAttributesCount', link.droppedAttributesCount),
    ...count('flags', link.flags),
  };
}

function otlpAttribute({ key, ...value }: Attribute): object {
  return { key, value: otlpValue(value) };
}

function otlpValue(value: AttributeValue): object {
  switch (value.type) {
    case 'string':
      return { stringValue: value.value };
    case 'bool':
      return { boolValue: value.value };
    case 'int':
      return { intValue: value.value };
    case 'double':
      return { doubleValue: value.value };
    case 'bytes':
      return { bytesValue: value.value };
    case 'array':
      return { arrayValue: { values: value.value.map(otlpValue) } };
    case 'map':
      return { kvlistValue: { values: value.value.map(otlpAttribute) } };
    case 'empty':
      return {};
  }
}

// Protobuf's JSON leaves out default values.
const text = (name: string, value: string) => (value === '' ? {} : { [name]: value });
const count = (name: string, value: number) => (value === 0 ? {} : { [name]: value });
const list = (name: string, values: readonly object[]) => (values.length === 0 ? {} : { [name]: values });
