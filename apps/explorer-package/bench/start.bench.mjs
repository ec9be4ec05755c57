// How large the package is, and how long it takes from the command to the page: `npx nx bench explorer-package`.
import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InstalledPackage, installedSize } from '../test/installed-package.mjs';

const ROUNDS = 5;
const say = (name, figure) => process.stdout.write(`${name.padEnd(46)}${figure}\n`);
const seconds = (values) => {
  const sorted = [...values].sort((a, b) => a - b);
  return `${(sorted[sorted.length >> 1] / 1_000).toFixed(1)} s  (${sorted.map((ms) => (ms / 1_000).toFixed(1)).join(', ')})`;
};

/** From the command until the page is answered. */
async function untilPage(start) {
  const since = performance.now();
  const running = await start();
  const page = await fetch(running.url);
  if (!page.ok) throw new Error(`the page answered ${page.status}`);
  await page.text();
  const took = performance.now() - since;
  return { took, running };
}

async function measured(start, after = async () => undefined) {
  const times = [];
  for (let round = 0; round < ROUNDS; round++) {
    const { took, running } = await untilPage(() => start(round));
    times.push(took);
    await after(running);
    await running.interrupt();
  }
  return times;
}

const explorer = await InstalledPackage.make();
try {
  say('tarball', `${((await stat(explorer.tarball)).size / 1e6).toFixed(1)} MB`);
  const { packages, megabytes } = await installedSize(explorer.project);
  say('installed', `${packages} packages, ${megabytes.toFixed(0)} MB`);

  const installs = [];
  for (let round = 0; round < ROUNDS; round++) {
    const folder = join(explorer.place, `install-${round}`);
    await mkdir(folder);
    await writeFile(join(folder, 'package.json'), '{ "private": true }');
    const since = performance.now();
    await explorer.install(folder);
    installs.push(performance.now() - since);
  }
  say('npm install, warm cache', seconds(installs));

  // Each with a home of its own, so that npx installs and the database is new.
  const first = await measured((round) =>
    explorer.start(['--port', '0'], { way: 'npx', env: { HOME: join(explorer.place, `home-${round}`) } }),
  );
  say('npx to page, warm cache, new database', seconds(first));
  say('npx to page, again', seconds(await measured(() => explorer.start(['--port', '0'], { way: 'npx' }))));
  const fresh = (round) => explorer.start(['--port', '0', '--data', join(explorer.place, `data-${round}`)]);
  say('installed, new database', seconds(await measured(fresh)));

  const memory = [];
  const noteMemory = async ({ pid }) => {
    const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
    const kilobytes = /VmRSS:\s+(\d+)/.exec(status)?.[1];
    if (kilobytes !== undefined) memory.push(Number(kilobytes) / 1_000);
  };
  say(
    'installed and initialized',
    seconds(await measured(() => explorer.start(['--port', '0']), noteMemory)),
  );
  if (memory.length > 0) say('memory of the explorer process', `${Math.max(...memory).toFixed(0)} MB`);
} finally {
  await explorer.remove();
}
