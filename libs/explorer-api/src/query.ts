import type { QueryFeature } from './query-features.ts';
import type { FieldOf } from './query-fields.ts';

/**
 * A parsed search. All terms must hold for the same span. A trace matches if one of its spans does.
 */
export interface Query {
  readonly terms: readonly Term[];
}

/**
 * `=` one of the values, `!=` none of them, `~` contains one of them, `!~` contains none. Case only
 * matters for `=`.
 */
export type TextOperator = '=' | '!=' | '~' | '!~';
export type NumberOperator = '=' | '!=' | '>' | '>=' | '<' | '<=';

/** The place of a term in the text: from its first character to `to`, which is not included. */
export interface Place {
  readonly from: number;
  readonly to: number;
}

/** One term type per name, so that the name determines the rest. */
type OneFor<Name extends string, Rest> = { [One in Name]: { readonly field: One } & Rest }[Name];

interface Texts {
  readonly operator: TextOperator;
  readonly values: readonly string[];
}
interface Words {
  readonly operator: '=' | '!=';
  /** Words of the field; IDs are lower-case hex of full length. */
  readonly values: readonly string[];
}
interface Severity {
  readonly operator: NumberOperator;
  /** Names of severities; one only with `>`, `>=`, `<` and `<=`. */
  readonly values: readonly string[];
}
interface Count {
  readonly operator: NumberOperator;
  readonly value: number;
}
interface Duration {
  readonly operator: NumberOperator;
  readonly valueNs: number;
}

/** A term about a field of `QUERY_FIELDS`. */
export type FieldTerm =
  | OneFor<FieldOf<'text'>, Texts>
  | OneFor<FieldOf<'word' | 'traceId' | 'spanId'>, Words>
  | OneFor<FieldOf<'severity'>, Severity>
  | OneFor<FieldOf<'number'>, Count>
  | OneFor<FieldOf<'duration'>, Duration>;

/**
 * `order.id=42`, `resource.host.name~web`, `link.messaging.message.id=m1`. `attribute` has no
 * prefix: it is of the span, its resource, its scope, one of its events or one of its log records.
 * `attr` is only of the span. The operators `>`, `>=`, `<` and `<=` compare values as numbers. With `=` and `!=`, a value
 * matches the string, number or boolean with the same text, a list that contains it, and a list or
 * map with this JSON.
 */
export type AttributeTermField = 'attribute' | 'attr' | 'resource' | 'scope' | 'event' | 'log' | 'link';

export type Term = Place &
  (
    | FieldTerm
    /** `has:links`, `-has:backlinks`. */
    | { readonly field: 'has'; readonly what: QueryFeature; readonly negated: boolean }
    | {
        readonly field: AttributeTermField;
        readonly key: string;
        readonly operator: TextOperator | NumberOperator;
        readonly values: readonly string[];
      }
    /**
     * A bare word. It matches a part of the service, the name, the status message, the body of a log
     * record, or a value or name of the span, its events, log records, resource or scope.
     */
    | { readonly field: 'text'; readonly value: string; readonly negated: boolean }
  );

/** A term about a journey as a whole. Searches for spans and traces do not accept it. */
export type JourneyTerm = Extract<Term, { field: `journey.${string}` }>;

export function isJourneyTerm(term: Term): term is JourneyTerm {
  return term.field === 'journey.wait' || term.field === 'journey.total' || term.field === 'journey.state';
}
