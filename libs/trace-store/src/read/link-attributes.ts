import {
  LINK_ATTRIBUTE_OWNERS,
  linkAttributeName,
  type LinkAttribute,
  type LinkAttributeOwner,
  type LinkAttributes,
  type LinkDirection,
  type LinkGroups,
} from '@span-links/explorer-api';
import type pg from 'pg';
import { allLinks, attributeText, VALUE_LENGTH, type LinkFilter, type OwnSpan } from './all-links.ts';
import { SqlParameters } from './sql-parameters.ts';

/** Keys of more links would be read for a list that hardly changes. */
const MAX_LINKS = 2_000;
const MAX_ATTRIBUTES = 200;
const MAX_GROUPS = 50;

interface AttributeRow {
  readonly owner: LinkAttributeOwner;
  readonly key: string;
  readonly links: number;
  readonly values: number;
  readonly read: number;
}

/** The keys of attributes at either end of a span's links. */
export async function linkAttributes(
  pool: pg.Pool,
  own: OwnSpan,
  direction: LinkDirection,
): Promise<LinkAttributes> {
  const parameters = new SqlParameters();
  const { rows } = await pool.query<AttributeRow>(
    `WITH a AS MATERIALIZED (
       SELECT l.attributes AS link, x.attributes AS attr, x.resource
       FROM ${allLinks(own, direction, {}, parameters)} ORDER BY l.src, l.idx LIMIT ${MAX_LINKS + 1}
     ), used AS (SELECT resource, count(*) AS links FROM a WHERE resource IS NOT NULL GROUP BY resource),
     found AS (
       SELECT 'link' AS owner, key, value, 1 AS links FROM a, jsonb_each_text(a.link)
       UNION ALL SELECT 'attr', key, value, 1 FROM a, jsonb_each_text(a.attr)
       UNION ALL SELECT 'resource', key, value, links
       FROM used JOIN resources r ON r.id = used.resource, jsonb_each_text(r.attributes)
     )
     SELECT owner, key, sum(links)::int AS links, count(DISTINCT left(value, ${VALUE_LENGTH}))::int AS values,
       (SELECT count(*) FROM a)::int AS read
     FROM found WHERE value IS NOT NULL GROUP BY owner, key
     ORDER BY sum(links) DESC, array_position('{${LINK_ATTRIBUTE_OWNERS.join(',')}}', owner), key COLLATE "C"
     LIMIT ${MAX_ATTRIBUTES}`,
    parameters.values,
  );
  const read = rows[0]?.read ?? 0;
  return {
    attributes: rows.map(({ owner, key, links, values }) => ({
      name: linkAttributeName({ owner, key }),
      links,
      values,
    })),
    links: Math.min(read, MAX_LINKS),
    truncated: read > MAX_LINKS,
  };
}

interface GroupRow {
  readonly value: string | null;
  readonly count: number;
  readonly errors: number;
  readonly all_values: number;
  readonly all_links: number;
}

/** The links that pass the filter, by the text of one attribute. */
export async function linkGroups(
  pool: pg.Pool,
  own: OwnSpan,
  direction: LinkDirection,
  filter: LinkFilter,
  by: LinkAttribute,
): Promise<LinkGroups> {
  const parameters = new SqlParameters();
  const value = attributeText(by, parameters);
  const { rows } = await pool.query<GroupRow>(
    `WITH a AS MATERIALIZED (SELECT ${value} AS value, x.status FROM ${allLinks(own, direction, filter, parameters)})
     SELECT value, count(*)::int AS count, (count(*) FILTER (WHERE status = 2))::int AS errors,
       (count(value) OVER ())::int AS all_values, (sum(count(*)) OVER ())::int AS all_links
     FROM a GROUP BY value
     ORDER BY value IS NULL DESC, count(*) DESC, value COLLATE "C" LIMIT ${MAX_GROUPS}`,
    parameters.values,
  );
  const shown = rows.filter((row) => row.value !== null);
  const ordered = [...shown, ...rows.filter((row) => row.value === null)];
  const links = rows.reduce((sum, { count }) => sum + count, 0);
  return {
    by: linkAttributeName(by),
    groups: ordered.map(({ value: text, count, errors }) => ({ value: text, count, errors })),
    rest: {
      values: (rows[0]?.all_values ?? 0) - shown.length,
      links: (rows[0]?.all_links ?? 0) - links,
    },
  };
}
