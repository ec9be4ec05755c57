import { attributeRecord, type AttributeRecord } from './attribute-record.ts';
import type { Span, SpanEvent, SpanLink, TracesRequest } from './traces-request.ts';

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
