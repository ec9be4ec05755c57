import { AfterLoad, Column, getMetadataArgsStorage, type ColumnOptions, type ColumnType } from 'typeorm';
import { carrierText } from './carrier-text.ts';
import { isInitialTraceContext } from './current-trace-context.ts';

/** What may be set of the column; that it is nullable and never updated may not. */
export interface TraceContextColumnOptions extends Pick<
  ColumnOptions,
  'name' | 'length' | 'charset' | 'select' | 'comment'
> {
  /**
   * `jsonb` by default, for Postgres. Where the driver has no such type: `json`, or any type of text (`text`, `clob`,
   * `nvarchar` with a length), which then holds JSON.
   */
  readonly type?: Exclude<ColumnType, 'simple-json'>;
}

const JSON_TYPES: readonly unknown[] = ['json', 'jsonb'];

/**
 * A column that holds the trace context of the span in which its entity was made:
 *
 *     @TraceContextColumn()
 *     traceContext: TraceCarrier | null = currentTraceContext();
 *
 * Written by the entity's own INSERT and by nothing after it: an order that is saved again, by whomever, keeps the context
 * of the span that made it. (TypeORM 0.3 makes an exception of `upsert`, which overwrites it.) An entity that was loaded
 * holds what its row holds, never the context of its reader; where the column was not selected, nothing. Only a query
 * builder that was told `callListeners(false)` must not leave the column out.
 *
 * Entities must be made, with `new` or `repository.create()`; an embedded object with `new` by its owner's initialiser. A
 * plain object that is given to `insert`, `save` or a query builder has no such moment and its row stays without a
 * context, unless it says `traceContext: currentTraceContext()` itself; so do the plain relations of a `create()` under
 * `entitySkipConstructor`. To capture at the INSERT instead would link to the span that writes, and a wrong link cannot
 * be told from a right one.
 */
export function TraceContextColumn(options: TraceContextColumnOptions = {}): PropertyDecorator {
  const { type = 'jsonb', ...rest } = options;
  return (prototype, property) => {
    const transformer = JSON_TYPES.includes(type) ? {} : { transformer: carrierText };
    Column({ ...rest, ...transformer, type, nullable: true, update: false })(prototype, property);
    forgetReaderAfterLoad(prototype, property);
  };
}

/**
 * TypeORM hydrates through the constructor, so the initialiser runs in the reader's span too. Where the column was
 * selected the row's value (null included) has replaced that by now; where it was not, it must go.
 *
 * A listener method, because TypeORM has no other hook that comes with the entity: a subscriber would have to be
 * registered with every DataSource. It is called by name, which rules out a symbol.
 */
function forgetReaderAfterLoad(prototype: object, property: string | symbol): void {
  const listener = `forgetReaderOf_${String(property)}`;
  const forgetReader = {
    configurable: true,
    value(this: Record<string | symbol, unknown>) {
      if (isInitialTraceContext(this[property])) this[property] = undefined;
    },
  };
  // With a shared table, TypeORM calls the listeners of a child on its parent and siblings too, and throws without them.
  for (const place of [prototype, ...entitiesAbove(prototype)]) {
    Object.defineProperty(place, listener, forgetReader);
  }
  AfterLoad()(prototype, listener);
}

function entitiesAbove(prototype: object): object[] {
  const parent = Object.getPrototypeOf(prototype) as object | null;
  if (parent === null) return [];
  const isEntity = getMetadataArgsStorage().tables.some(({ target }) => target === parent.constructor);
  return isEntity ? [parent, ...entitiesAbove(parent)] : entitiesAbove(parent);
}
