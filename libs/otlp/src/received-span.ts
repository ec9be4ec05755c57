import {
  type AnyValue,
  type Attribute,
  isKeyValueList,
  type Span,
  type SpanEvent,
  type SpanLink,
  type TracesRequest,
} from './otlp-model.ts';

/** A span in a form for tests: attributes by key, with its resource and scope. */
export interface ReceivedSpan extends Omit<Span, 'attributes' | 'events' | 'links'> {
  readonly attributes: AttributeRecord;
  readonly events: readonly ReceivedEvent[];
  readonly links: readonly ReceivedLink[];
  readonly resource: AttributeRecord;
  /** The resource's `service.name`; '' if it has none. */
  readonly serviceName: string;
  readonly scopeName: string;
  readonly scopeVersion: string;
  /**
   * The span as decoded: integers differ from doubles; order and duplicate keys of attributes are
   * kept.
   */
  readonly exact: Span;
}

export interface ReceivedEvent extends Omit<SpanEvent, 'attributes'> {
  readonly attributes: AttributeRecord;
}

export interface ReceivedLink extends Omit<SpanLink, 'attributes'> {
  readonly attributes: AttributeRecord;
}

/** The spans of a request in the order of sending. */
export function receivedSpans(request: TracesRequest): ReceivedSpan[] {
  return request.resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const resourceRecord = attributeRecord(resource.attributes);
    const serviceName = resourceRecord['service.name'];
    const origin = {
      resource: resourceRecord,
      serviceName: typeof serviceName === 'string' ? serviceName : '',
    };
    return scopeSpans.flatMap(({ scope, spans }) =>
      spans.map((span) =>
        receivedSpan(span, { ...origin, scopeName: scope.name, scopeVersion: scope.version }),
      ),
    );
  });
}

type Origin = Pick<ReceivedSpan, 'resource' | 'serviceName' | 'scopeName' | 'scopeVersion'>;

function receivedSpan(span: Span, origin: Origin): ReceivedSpan {
  return {
    ...span,
    ...origin,
    attributes: attributeRecord(span.attributes),
    events: span.events.map((event) => ({ ...event, attributes: attributeRecord(event.attributes) })),
    links: span.links.map((link) => ({ ...link, attributes: attributeRecord(link.attributes) })),
    exact: span,
  };
}

/** A value for assertions: integers are numbers if that is exact, nested maps are records. */
export type PlainValue =
  string | boolean | bigint | number | Uint8Array | readonly PlainValue[] | AttributeRecord | null;

/** Attributes by key. It has no prototype, so `__proto__` is an ordinary key. */
export interface AttributeRecord {
  readonly [key: string]: PlainValue;
}

/**
 * The last of several attributes with one key counts. The result does not tell integers from
 * doubles; `Attribute[]` does.
 */
export function attributeRecord(attributes: readonly Attribute[]): AttributeRecord {
  const record = Object.create(null) as Record<string, PlainValue>;
  for (const { key, value } of attributes) record[key] = plainValue(value);
  return record;
}

function plainValue(value: AnyValue): PlainValue {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (isKeyValueList(value)) return attributeRecord(value.pairs);
  return isList(value) ? value.map(plainValue) : value;
}

function isList<Value>(value: Value | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value);
}
