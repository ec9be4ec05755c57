import { execFileSync } from 'node:child_process';
import { beforeAll, expect, it } from 'vitest';
import { nxEnv, nxFile, workspace } from './nx-command.ts';

interface GraphFile {
  readonly graph: {
    readonly nodes: Readonly<Record<string, { readonly data: { readonly root: string } }>>;
    readonly dependencies: Readonly<Record<string, readonly { readonly target: string }[]>>;
  };
}

function nx(args: readonly string[]): string {
  return execFileSync(process.execPath, [nxFile, ...args], {
    cwd: workspace,
    env: nxEnv(),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}

let graph: GraphFile['graph'];
beforeAll(() => {
  ({ graph } = JSON.parse(nx(['graph', '--print'])) as GraphFile);
});

/** Returns the projects that a change can break: the project itself, and all that depend on it directly or indirectly. */
function affectedBy(changed: string): Set<string> {
  const affected = new Set([changed]);
  for (let before = 0; before < affected.size;) {
    before = affected.size;
    for (const [project, dependencies] of Object.entries(graph.dependencies)) {
      if (dependencies.some(({ target }) => affected.has(target))) affected.add(project);
    }
  }
  return affected;
}

it.each([
  [
    'orders-data',
    ['orders-api', 'orders-batch', 'orders-fulfilment', 'demo', 'trace-explorer-e2e', 'infra', 'chaos'],
  ],
  ['orders-fulfilment', ['demo', 'trace-explorer-e2e', 'infra', 'chaos']],
  ['tracing', ['orders-api', 'orders-batch', 'trace-explorer-e2e', 'examples-python']],
  ['trace-store', ['trace-explorer', 'explorer-package', 'demo', 'trace-explorer-e2e', 'infra']],
  ['trace-explorer-web', ['trace-explorer', 'explorer-package', 'trace-explorer-e2e']],
  ['embedded-postgres', ['trace-explorer', 'explorer-package', 'orders-api', 'demo', 'trace-explorer-e2e']],
])('a change of %s affects the projects that run it', (changed, expected) => {
  expect([...affectedBy(changed)]).toEqual(expect.arrayContaining(expected));
});

it('a change of an app affects no library', () => {
  const libraries = [...affectedBy('orders-api')].filter((name) =>
    graph.nodes[name]?.data.root.startsWith('libs/'),
  );
  expect(libraries).toEqual([]);
});

it('nx affected agrees for a changed file', () => {
  const file = 'libs/orders-data/src/index.ts';
  const answer = nx(['show', 'projects', '--affected', `--files=${file}`, '--json']);
  const projects = JSON.parse(answer.slice(answer.indexOf('['))) as string[];
  expect(new Set(projects)).toEqual(affectedBy('orders-data'));
});
