import { setTimeout as sleep } from 'node:timers/promises';
import { MISBEHAVIOURS } from './trace-backend.mjs';

const APPS = ['orders-api', 'orders-batch-1', 'orders-batch-2', 'orders-fulfilment', 'trace-explorer'];
const PROXIES = ['orders-api', 'orders-batch', 'orders-fulfilment'];

/**
 * A fault has a name for the report and a function that causes it and heals it again. If a fault kills a process, the supervisor, the
 * guardian or the next holder starts that process again.
 */
const killService = (name) => ({
  name: `kill -9 ${name.replace(/-\d$/, '')}`,
  run: (platform) => platform.service(name).kill(),
});

const pauseService = (name, ms) => ({
  name: `pause ${name.replace(/-\d$/, '')}`,
  run: async (platform) => {
    const service = platform.service(name);
    service.signal('SIGSTOP');
    await sleep(ms);
    service.signal('SIGCONT');
  },
});

const killProcess = (name, pidOf) => ({
  name: `kill -9 ${name}`,
  run: (platform) => {
    try {
      process.kill(pidOf(platform), 'SIGKILL');
    } catch (error) {
      // The process is stopping or starting because of an earlier fault.
      if (!['ESRCH', 'ENOENT'].includes(error.code)) throw error;
    }
  },
});

const cut = (name) => ({ name: 'cut connections', run: (platform) => platform.proxies[name].cut() });

const refuse = (name, ms) => ({
  name: 'refuse connections',
  run: async (platform) => {
    platform.proxies[name].refuse();
    await sleep(ms);
    platform.proxies[name].accept();
  },
});

const stall = (name, ms) => ({
  name: 'stall connections',
  run: async (platform) => {
    platform.proxies[name].stall();
    await sleep(ms);
    platform.proxies[name].flow();
  },
});

const cutAfter = (name, pattern) => ({
  name: 'cut after the commit',
  run: async (platform) => {
    await Promise.race([platform.proxies[name].cutBeforeAnswer(pattern), sleep(2_000)]);
  },
});

const fillDisk = (ms) => ({
  name: 'full disk',
  run: async (platform) => {
    platform.fillDisk();
    await sleep(ms);
    platform.freeDisk();
  },
});

const misbehave = (mode, ms) => ({
  name: `backend ${mode}`,
  run: async (platform) => {
    platform.backend.mode = mode;
    await sleep(ms);
    platform.backend.mode = 'up';
  },
});

/** Picks one to three faults for a round, by the seed. */
export function faultsOfRound(random, { canFillDisk }) {
  const { integer, pick } = random;
  const kinds = [
    () => killService(pick(APPS)),
    () => killService(pick(APPS)),
    () => killService('orders-batch-1'),
    () => killService('orders-fulfilment'),
    () => killProcess('postmaster', (platform) => platform.postmasterPid),
    () => killProcess('guardian', (platform) => platform.guardianPid),
    () => pauseService(pick(APPS), integer(300, 5_000)),
    () => cut(pick(PROXIES)),
    () => refuse(pick(PROXIES), integer(200, 2_000)),
    () => stall(pick(PROXIES), integer(200, 2_000)),
    () => cutAfter('orders-api', pick(['INSERT 0 1', 'COMMIT\0'])),
    () => cutAfter('orders-batch', 'SELECT '),
    () => cutAfter('orders-fulfilment', 'COMMIT\0'),
    () => misbehave(pick(MISBEHAVIOURS), integer(500, 4_000)),
    () => misbehave(pick(MISBEHAVIOURS), integer(500, 4_000)),
    ...(canFillDisk ? [() => fillDisk(integer(500, 3_000))] : []),
  ];
  return Array.from({ length: integer(1, 3) }, () => ({ afterMs: integer(0, 700), ...pick(kinds)() }));
}
