import { confirm } from '../progress.mjs';
import { expect } from '../wait.mjs';

/** Stops the project cleanly. Each process must end by itself; a killed process has the exit code 137. */
export async function checkStop(project) {
  const startedAt = Date.now();
  await project.compose(['stop'], 120_000);
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
  const containers = await project.containers();
  for (const { name, State } of containers) {
    expect(
      State.Status === 'exited' && State.ExitCode === 0,
      `${name} ended with exit code ${State.ExitCode}`,
    );
  }
  confirm(`all ${containers.length} containers ended with exit code 0, in ${seconds} s`);
}

/** Takes the project down. */
export async function checkDown(project) {
  await project.takeDown();
  const left = await project.leftovers();
  expect(left.length === 0, `left behind: ${left.join(' ')}`);
  confirm('down --volumes leaves no container, network or volume');
}
