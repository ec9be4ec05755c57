import { readSql } from '../sql.ts';

/**
 * A statement of sql/read that each connection plans only a few times: planning `links-out` took 7
 * ms (on two busy cores, November 2026). Use it only for statements that look rows up by key,
 * because then one plan is right for all parameters.
 */
export function preparedStatement(name: string): { readonly name: string; readonly text: string } {
  return { name: `read-${name}`, text: readSql(`read/${name}`) };
}
