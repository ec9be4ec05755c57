import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { nxEnv, nxFile, workspace } from './nx-command.ts';

/** Results of tests are cached. A file that is missing here would let a change pass with an old result. */
it.each([
  [
    'trace-explorer-e2e',
    [
      'libs/orders-data/src/index.ts',
      'libs/tracing/src/carrier.ts',
      'libs/trace-store/src/journeys/journey.ts',
      'libs/embedded-postgres/src/guardian.ts',
      'apps/orders-batch/src/main.ts',
      'apps/demo/src/main.ts',
      'apps/trace-explorer/src/main.ts',
      'apps/trace-explorer-web/src/main.tsx',
      'apps/trace-explorer-web/vitest.config.ts',
      'apps/trace-explorer-web/test/story.spec.ts',
      'vitest.base.ts',
      'package-lock.json',
    ],
  ],
  ['demo', ['apps/demo/compile.mjs', 'apps/orders-api/src/main.ts', 'libs/messaging/src/index.ts']],
  ['tracing', ['docs/brokers/kafka.md', 'libs/tracing/README.md', 'libs/otlp/src/otlp-receiver.ts']],
  ['workshop', ['README.md', 'docs/first-link.md', 'apps/trace-explorer/src/main.ts']],
  ['infra', ['infra/docker/compose.yaml', 'apps/orders-api/src/trace-url.ts']],
  ['workspace', ['package.json', 'apps/orders-api/project.json', 'libs/tracing/package.json']],
])('the tests of %s run again after a change of a file that they use', (project, files) => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [nxFile, 'show', 'target', 'inputs', `${project}:test`, '--check', ...files],
    { cwd: workspace, env: nxEnv(), encoding: 'utf8' },
  );
  expect(status, stdout + stderr).toBe(0);
});
