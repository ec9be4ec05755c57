import type {
  Attribute as ApiAttribute,
  AttributeValue,
  SpanEvent as ApiEvent,
} from '@span-links/explorer-api';
import { isKeyValueList, type AnyValue, type Attribute, type SpanEvent } from '@span-links/otlp';

/** Attributes with their types, as in the API and in `exact` columns. */
export function typedAttributes(attributes: readonly Attribute[]): ApiAttribute[] {
  return attributes.map(({ key, value }) => ({ key, ...typedValue(value) }));
}

export function typedEvents(events: readonly SpanEvent[]): ApiEvent[] {
  return events.map((event) => ({
    time: String(event.timeUnixNano),
    name: event.name,
    attributes: typedAttributes(event.attributes),
    droppedAttributesCount: event.droppedAttributesCount,
  }));
}

export function typedValue(value: AnyValue): AttributeValue {
  if (value === null) return { type: 'empty' };
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'boolean') return { type: 'bool', value };
  if (typeof value === 'bigint') return { type: 'int', value: String(value) };
  if (typeof value === 'number') return { type: 'double', value: typedDouble(value) };
  if (isKeyValueList(value)) return { type: 'map', value: typedAttributes(value.pairs) };
  if (value instanceof Uint8Array) return { type: 'bytes', value: Buffer.from(value).toString('base64') };
  return { type: 'array', value: value.map(typedValue) };
}

function typedDouble(double: number): number | 'NaN' | 'Infinity' | '-Infinity' {
  if (Number.isFinite(double)) return double;
  if (Number.isNaN(double)) return 'NaN';
  return double > 0 ? 'Infinity' : '-Infinity';
}

/** Collects the values that the columns of one row cannot hold. */
export class ExactParts {
  #parts: string[] | undefined;

  add(name: string, value: unknown): void {
    (this.#parts ??= []).push(`"${name}":${JSON.stringify(value)}`);
  }

  /** `null` if the columns hold everything. */
  json(): string | null {
    return this.#parts === undefined ? null : `{${this.#parts.join(',')}}`;
  }
}
