import { readSql } from '../sql.ts';

/**
 * A statement of sql/read that each connection plans a few times and then no more: planning `links-out` took 7 ms (on two busy cores,
 * November 2026). Only for statements that look rows up by their keys, where one plan is right for all parameters.
 */
export function preparedStatement(name: string): { readonly name: string; readonly text: string } {
  return { name: `read-${name}`, text: readSql(`read/${name}`) };
}
