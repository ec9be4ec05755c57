import { context } from '@opentelemetry/api';
import type { Instrumentation } from '@opentelemetry/instrumentation';
import { instrumentationBase } from './packages.ts';

type ConnectCallback = (...args: unknown[]) => unknown;
type Connect = (this: unknown, callback?: ConnectCallback) => unknown;
interface PoolClass {
  prototype: { connect: Connect };
}

/**
 * Runs a query that has waited for a connection in the context of its caller. pg-pool calls back in the context of the
 * code that returned the connection. The pg instrumentation corrects that only while it makes connect spans, which are
 * noise: with `ignoreConnectSpans` (instrumentation-pg 0.76) and 300 concurrent requests over 5 connections, all 300
 * INSERTs ended up in the traces of 5 requests.
 *
 * Register it after the pg instrumentation, which removes any wrapper that it finds before it adds its own.
 */
export function pgPoolContext(): Instrumentation {
  const { InstrumentationBase, InstrumentationNodeModuleDefinition } = instrumentationBase();

  class PgPoolContext extends InstrumentationBase {
    constructor() {
      super('@span-links/tracing/pg-pool', '1', {});
    }

    protected override init() {
      return new InstrumentationNodeModuleDefinition(
        'pg-pool',
        ['>=2.0.0 <4'],
        (pool: PoolClass) => {
          this._wrap(pool.prototype, 'connect', bindCallback);
          return pool;
        },
        (pool?: PoolClass) => {
          if (pool !== undefined) this._unwrap(pool.prototype, 'connect');
        },
      );
    }
  }
  return new PgPoolContext();
}

function bindCallback(connect: Connect): Connect {
  return function (callback) {
    return connect.call(this, callback && context.bind(context.active(), callback));
  };
}
