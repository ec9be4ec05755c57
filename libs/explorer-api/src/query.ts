/** A parsed search. All terms have to hold of one and the same span; a trace matches when one of its spans does. */
export interface Query {
  readonly terms: readonly Term[];
}

/** `=` one of the values, `!=` none of them, `~` contains one of them, `!~` contains none; letters' case counts for `=` alone. */
export type TextOperator = '=' | '!=' | '~' | '!~';
export type NumberOperator = '=' | '!=' | '>' | '>=' | '<' | '<=';

/** Where a term stands in the text: from its first character up to, but without, `to`. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

export type Term = Place &
  (
    | {
        readonly field: 'service' | 'name';
        readonly operator: TextOperator;
        readonly values: readonly string[];
      }
    /** `values` are words of `SPAN_KINDS` or `SPAN_STATUSES`. */
    | { readonly field: 'kind' | 'status'; readonly operator: '=' | '!='; readonly values: readonly string[] }
    /** `duration>100ms`: in ns. */
    | { readonly field: 'duration'; readonly operator: NumberOperator; readonly valueNs: number }
    /** `links>100`. `links` and `backlinks` are counts of the span, `dropped` what the SDK dropped of its links. */
    | {
        readonly field: 'links' | 'backlinks' | 'dropped';
        readonly operator: NumberOperator;
        readonly value: number;
      }
    /** `has:links`, `-has:backlinks`. */
    | { readonly field: 'has'; readonly what: QueryFeature; readonly negated: boolean }
    /** `trace=`, `span=`, `link.traceId=`, `link.spanId=`: lower-case hex of full length. */
    | {
        readonly field: 'trace' | 'span' | 'link.traceId' | 'link.spanId';
        readonly operator: '=' | '!=';
        readonly values: readonly string[];
      }
    /**
     * `order.id=42`, `resource.host.name~web`, `link.messaging.message.id=m1`. Values compare as numbers where the operator is `>`, `>=`, `<` or
     * `<=`; with `=` and `!=` a value matches the string, the number or the boolean that reads the same.
     */
    | {
        readonly field: 'attribute' | 'resource' | 'link';
        readonly key: string;
        readonly operator: TextOperator | NumberOperator;
        readonly values: readonly string[];
      }
    /** A bare word: contained in the service or in the name. */
    | { readonly field: 'text'; readonly value: string; readonly negated: boolean }
  );

export const QUERY_FEATURES = ['links', 'backlinks', 'errors', 'events', 'dropped'] as const;
export type QueryFeature = (typeof QUERY_FEATURES)[number];
