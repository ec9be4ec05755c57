/**
 * An OTLP `AnyValue` as JSON with its type, so that nothing is lost: an `int` has 64 bits and is
 * therefore decimal text, a `double` may be no JSON number, `bytes` are base64.
 */
export type AttributeValue =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'int'; readonly value: string }
  | { readonly type: 'double'; readonly value: number | 'NaN' | 'Infinity' | '-Infinity' }
  | { readonly type: 'bytes'; readonly value: string }
  | { readonly type: 'array'; readonly value: readonly AttributeValue[] }
  | { readonly type: 'map'; readonly value: readonly Attribute[] }
  | { readonly type: 'empty' };

/** One key with its value. Attributes are a list because keys may be sent twice. */
export type Attribute = { readonly key: string } & AttributeValue;

/** A value as one line of text. Bytes stay base64, since nobody can say what they mean. */
export function attributeText(value: AttributeValue): string {
  switch (value.type) {
    case 'array':
      return `[${value.value.map(attributeText).join(', ')}]`;
    case 'map':
      return `{${value.value.map((entry) => `${entry.key}: ${attributeText(entry)}`).join(', ')}}`;
    case 'empty':
      return '';
    case 'string':
    case 'bool':
    case 'int':
    case 'double':
    case 'bytes':
      return String(value.value);
  }
}
