/**
 * An OTLP `AnyValue` as JSON, its type written beside it so that nothing is lost on the way: an `int` is 64 bits wide and
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

/** One key with its value. A list of these, since keys may be sent twice. */
export type Attribute = { readonly key: string } & AttributeValue;
