import { confirm } from '../progress.mjs';
import { expect } from '../wait.mjs';

/** Checks the running containers from outside and from inside, to prove that the settings of the compose file take effect. */
export async function checkHardening(project) {
  const running = await project.running();
  let processes = 0;
  for (const container of running) {
    const users = await usersOf(project, container);
    processes += users.length;
    expect(!users.includes(0), `a process in ${container.name} runs as root`);
    checkSettings(container);
    await checkFromInside(project, container);
  }
  confirm(
    `none of the ${processes} processes in ${running.length} containers runs as root, those of Postgres included`,
  );
  confirm(
    'no container can write to its root file system, has a capability or can gain one; each has a limit of memory and processes',
  );
  const published = running.flatMap(({ NetworkSettings }) =>
    Object.values(NetworkSettings.Ports ?? {})
      .flat()
      .filter(Boolean),
  );
  const exposed = published.filter(({ HostIp }) => HostIp !== '127.0.0.1');
  expect(exposed.length === 0, `ports are published beyond this machine: ${JSON.stringify(exposed)}`);
  confirm(`all ${published.length} published ports are on 127.0.0.1`);
}

/** Returns the user ids of all processes, as the host sees them. */
async function usersOf(project, { Id }) {
  const table = await project.docker(['top', Id, '-eo', 'uid,pid,args']);
  return table
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => Number(line.trim().split(/\s+/)[0]));
}

function checkSettings({ name, HostConfig }) {
  expect(HostConfig.ReadonlyRootfs, `the root file system of ${name} can be written to`);
  expect(HostConfig.Memory > 0, `${name} has no limit of memory`);
  expect(HostConfig.PidsLimit > 0, `${name} has no limit of processes`);
}

async function checkFromInside(project, { Id, name }) {
  const status = await project.docker(['exec', Id, 'cat', '/proc/1/status']);
  const capabilities = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1];
  expect(/^0+$/.test(capabilities ?? ''), `${name} can get the capabilities ${capabilities}`);
  expect(/^NoNewPrivs:\s*1$/m.test(status), `${name} can gain privileges`);
  const attempt =
    'touch /tmp/verify && ! touch /verify 2>/dev/null && ! touch /app/verify 2>/dev/null && echo refused';
  const answer = await project.docker(['exec', Id, 'sh', '-c', attempt]);
  expect(answer.trim() === 'refused', `${name} can write where it should not, or not to /tmp`);
}
