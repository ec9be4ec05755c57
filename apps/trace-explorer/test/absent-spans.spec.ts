import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { getJson, postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

const HERE = { traceId: traceIdOf(1), spanId: spanIdOf(1) };
/** Spans that are linked to but missing for different reasons, and one unknown span. */
const ABSENT = {
  'that never arrived': { traceId: traceIdOf(2), spanId: spanIdOf(2) },
  'whose trace is here without it': { traceId: traceIdOf(1), spanId: spanIdOf(3) },
  'that retention took': { traceId: traceIdOf(4), spanId: spanIdOf(4) },
  'that nothing links to': { traceId: traceIdOf(5), spanId: spanIdOf(5) },
};

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer();
  const links = Object.values(ABSENT).slice(0, 3);
  const child = spanOf(HERE.traceId, spanIdOf(6), { parentSpanId: spanIdOf(3), links });
  await postJson(explorer.url, requestOf([spanOf(HERE.traceId, HERE.spanId, { links }), child]));
  const client = new pg.Client({
    connectionString: explorer.databaseUrl,
    options: '-c search_path=trace_explorer',
  });
  await client.connect();
  await client.query('INSERT INTO evicted_traces VALUES ($1::uuid, now())', [traceIdOf(4)]);
  await client.end();
});
afterAll(() => explorer.close());

const LINK_QUERIES = [
  '?direction=out',
  '?direction=in',
  '?direction=in&include=details',
  '?direction=in&limit=1',
  '?direction=in&sort=gap&order=desc',
  '?direction=in&text=work',
  '?direction=in&service=orders-api&status=unset&resolved=true',
  '?direction=out&resolved=false',
  '?direction=out&sort=name',
];

describe.each(Object.entries(ABSENT))('of a span %s', (_name, { traceId, spanId }) => {
  const isTraceHere = traceId === HERE.traceId;

  it.each(['', ...LINK_QUERIES.map((query) => `/links${query}`)])(
    'its own address%s answers 404',
    async (path) => {
      const response = await fetch(`${explorer.url}/api/v1/traces/${traceId}/spans/${spanId}${path}`);
      expect([response.status, await response.json()]).toEqual([
        404,
        expect.objectContaining({ detail: expect.stringContaining('span') as string }),
      ]);
    },
  );

  it.each([
    ['/api/v1/traces/{trace}', isTraceHere ? 200 : 404],
    ['/api/v1/traces/{trace}/graph', isTraceHere ? 200 : 404],
    ['/api/v1/traces/{trace}/graph?spanId={span}', 404],
    ['/api/v1/traces?q=trace={trace}', 200],
    ['/api/v1/spans?q=trace={trace}', 200],
    ['/jaeger/api/traces/{trace}', isTraceHere ? 200 : 404],
    ['/jaeger/api/traces?traceID={trace}', 200],
  ])('%s answers %i', async (path, status) => {
    const url = path.replace('{trace}', traceId).replace('{span}', spanId);
    expect((await fetch(explorer.url + url)).status).toBe(status);
  });
});

describe('of a stored span that links to missing ones', () => {
  it.each(LINK_QUERIES)('/links%s answers 200', async (query) => {
    const path = `/api/v1/traces/${HERE.traceId}/spans/${HERE.spanId}/links${query}`;
    expect((await fetch(explorer.url + path)).status).toBe(200);
  });

  it('each link has the reason for its missing other end', async () => {
    const path = `/api/v1/traces/${HERE.traceId}/spans/${HERE.spanId}/links`;
    const { links } = await getJson<{ links: { other: unknown }[] }>(explorer.url, path);
    expect(links.map(({ other }) => other)).toEqual([
      { resolved: false, reason: 'not_received' },
      { resolved: false, reason: 'not_received' },
      { resolved: false, reason: 'evicted' },
    ]);
  });

  it('its trace, its graph and its journey into other traces are readable', async () => {
    for (const path of [
      `/api/v1/traces/${HERE.traceId}`,
      `/api/v1/traces/${HERE.traceId}/graph`,
      `/api/v1/traces/${HERE.traceId}/graph?spanId=${HERE.spanId}&depth=6`,
      `/api/v1/traces/${HERE.traceId}/spans/${HERE.spanId}`,
      `/jaeger/api/traces/${HERE.traceId}`,
    ]) {
      expect([path, (await fetch(explorer.url + path)).status]).toEqual([path, 200]);
    }
  });
});

it('nothing is logged as a failure', () => {
  expect(explorer.logged.filter((line) => /WARN|ERROR/.test(line))).toEqual([]);
});
