import { chmodSync, mkdirSync } from 'node:fs';
import { confirm, elapsed } from '../progress.mjs';
import { expect, until } from '../wait.mjs';

const NAME = 'verify';
const PROFILE = ['--profile', 'workshop'];

/**
 * Starts the workshop as `docker compose run` does, and finds the spans of the reader's first file in the explorer of the project.
 *
 * @param folder of the reader's files; it is made here
 */
export async function checkWorkshop(platform, project, folder) {
  const startedAt = elapsed();
  await project.compose([...PROFILE, 'build', 'workshop'], 900_000);
  mkdirSync(folder);
  // The container is of another user.
  chmodSync(folder, 0o777);
  const run = [...PROFILE, 'run', '--detach', '--env', `WORKSHOP_NAME=${NAME}`, 'workshop'];
  const id = (await project.compose(run, 120_000)).trim().split('\n').at(-1);
  const said = () => project.docker(['logs', id]);
  const query = new URLSearchParams({ q: `resource.service.instance.id=${NAME}` });
  await until(
    'the spans of the first exercise',
    async () => (await platform.get(`${platform.explorer}/api/v1/traces?${query}`)).traces.length > 0,
    { signal: platform.signal, timeoutMs: 60_000 },
  ).catch(async (error) => {
    throw new Error(`${error.message}\n${await said()}`);
  });
  expect(
    (await said()).includes(platform.explorer),
    `the workshop names no address that a browser here can open`,
  );
  await project.docker(['stop', '--time', '20', id]);
  const [{ State }] = JSON.parse(await project.docker(['inspect', id]));
  expect(State.ExitCode === 0, `the workshop ended with exit code ${State.ExitCode}`);
  await project.docker(['rm', id]);
  confirm(
    `docker compose run workshop was built and shown in ${elapsed() - startedAt} s: the spans of the first exercise are in the explorer`,
  );
}
