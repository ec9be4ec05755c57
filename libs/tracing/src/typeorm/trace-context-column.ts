import { AfterLoad, Column, getMetadataArgsStorage, type ColumnOptions, type ColumnType } from 'typeorm';
import { carrierText } from './carrier-text.ts';
import { isInitialTraceContext } from './current-trace-context.ts';

/** The options of the column. It is always nullable and never updated. */
export interface TraceContextColumnOptions extends Pick<
  ColumnOptions,
  'name' | 'length' | 'charset' | 'select' | 'comment'
> {
  /**
   * `jsonb` by default, for Postgres. For a driver without that type: `json`, or any type of text (`text`, `clob`,
   * `nvarchar` with a length), which then contains JSON.
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
 * Only the entity's own INSERT writes it: an order that is saved again, by anyone, keeps the context of the span that
 * made it. (The exception is TypeORM 0.3's `upsert`, which overwrites it.) A loaded entity holds the value of its row,
 * never the context of its reader; if the column was not selected, it holds nothing. For this, a query builder with
 * `callListeners(false)` must select the column.
 *
 * Make entities with `new` or `repository.create()`; make an embedded object with `new` in its owner's initialiser. A
 * plain object that is given to `insert`, `save` or a query builder has no such moment, and its row stays without a
 * context unless it sets `traceContext: currentTraceContext()` itself. The same is true for the plain relations of a
 * `create()` under `entitySkipConstructor`. A capture at the INSERT would link to the span that writes, and nobody can
 * tell a wrong link from a right one.
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
 * TypeORM hydrates through the constructor, so the initialiser runs in the reader's span too. If the column was
 * selected, the row's value (null included) has already replaced that context; otherwise the context must be removed.
 *
 * A listener method, because TypeORM has no other hook that comes with the entity: a subscriber would have to be
 * registered with every DataSource. TypeORM calls it by name, so it cannot be a symbol.
 */
function forgetReaderAfterLoad(prototype: object, property: string | symbol): void {
  const listener = `forgetReaderOf_${String(property)}`;
  const forgetReader = {
    configurable: true,
    value(this: Record<string | symbol, unknown>) {
      if (isInitialTraceContext(this[property])) this[property] = undefined;
    },
  };
  // With a shared table, TypeORM also calls the listeners of a child on its parent and siblings, and throws if they are
  // missing.
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
