import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { checkHardening } from './checks/hardening.mjs';
import { checkBothReplicasWork, checkLinksBothWays } from './checks/links.mjs';
import { checkNames } from './checks/names.mjs';
import { checkOutage } from './checks/outage.mjs';
import { checkDown, checkStop } from './checks/stop.mjs';
import { checkWorkshop } from './checks/workshop.mjs';
import { ComposeProject } from './compose-project.mjs';
import { openEngine } from './engine.mjs';
import { baseImages, provideImages, serviceImages } from './images.mjs';
import { Platform } from './platform.mjs';
import { confirm, elapsed, passedCount, tell, tellFailure } from './progress.mjs';

const USAGE = `node infra/verify/verify.mjs

Builds the image of infra/docker, brings its compose project up, and checks that it does what it promises: orders are reconciled by
two batch replicas, links lead both ways, the workshop runs, a killed replica and a stopped Postgres lose nothing, nothing runs as root, and it ends
without a trace. Under a project name and at ports of its own; a project that is running is not touched.

Uses the Docker engine that answers to "docker info", with compose and buildx. Where none does, root on Debian 12 gets one: docker.io and
mmdebstrap are installed, the engine runs in a folder of its own under the folder for temporary files, and is stopped at the end. The folder
stays, for a faster second run.
`;
const IMAGE = 'span-links:verify';
const WORKSHOP_IMAGE = 'span-links-workshop:verify';
const ENV_FILES = ['collector.env', 'jaeger.env', 'grafana.env', 'signoz.env', 'kafka.env'];
const CLOUD = { SIGNOZ_REGION: 'eu', SIGNOZ_INGESTION_KEY: 'not-a-key' };

const { values } = parseArgs({ options: { help: { type: 'boolean', short: 'h' } } });
if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

// `on` instead of `once`: Ctrl-C reaches this process twice if npm or Nx passes it on.
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(name, () => stopping.abort(new Error(`${name}, taking everything down`)));
}
const { signal } = stopping;
const folder = join(tmpdir(), `span-links-verify-${userInfo().username}`);
mkdirSync(folder, { recursive: true, mode: 0o755 });
let engine;
let scratch;
let project;
let exitCode = 0;
try {
  engine = await openEngine(folder, { signal, onProgress: tell });
  scratch = mkdtempSync(join(folder, 'run.'));
  tell(engine.isOurs ? `an engine of our own is up in ${folder}` : 'using the Docker engine of this machine');
  await verify();
} catch (error) {
  exitCode = 1;
  tellFailure(signal.aborted ? signal.reason.message : error.message);
  if (project && !signal.aborted) await showLogs();
} finally {
  await cleanUp();
}
process.stdout.write(`${passedCount()} passed, ${exitCode} failed\n`);
process.exit(exitCode);

async function verify() {
  const workshopFiles = join(scratch, 'workshop');
  const ports = { EXPLORER_PORT: await freePort(), ORDERS_API_PORT: await freePort() };
  project = new ComposeProject({
    engine,
    signal,
    scratch,
    name: `span-links-verify-${process.pid}`,
    settings: {
      ...ports,
      SPAN_LINKS_IMAGE: IMAGE,
      SPAN_LINKS_WORKSHOP_IMAGE: WORKSHOP_IMAGE,
      WORKSHOP_FILES: workshopFiles,
      POSTGRES_PASSWORD: randomBytes(12).toString('hex'),
      // Frequent small batches give two replicas work, and a short lease keeps the test short.
      BATCH_CRON: '*/2 * * * * *',
      BATCH_SIZE: 5,
      BATCH_LEASE_MS: 5_000,
    },
  });
  const config = await project.config();
  for (const file of ENV_FILES) await project.checkConfig(file);
  await project.checkConfig('signoz-cloud.env', CLOUD);
  confirm(`compose.yaml is valid, alone and with ${[...ENV_FILES, 'signoz-cloud.env'].join(', ')}`);
  await buildImage(config);
  await bringUp();
  const platform = new Platform({
    ordersApi: `http://127.0.0.1:${ports.ORDERS_API_PORT}`,
    explorer: `http://127.0.0.1:${ports.EXPLORER_PORT}`,
    signal,
  });
  await checkHardening(project);
  await checkNames(platform, signal);
  await checkLinksBothWays(platform, project);
  await checkBothReplicasWork(platform, project);
  await checkWorkshop(platform, project, workshopFiles);
  await checkOutage(platform, project);
  await bringUp();
  await checkLinksBothWays(platform, project);
  await checkStop(project);
  await checkDown(project);
}

/** Builds the image and fetches the other images at the same time. */
async function buildImage(config) {
  const provide = (images) => provideImages(images, { engine, folder, signal, onProgress: tell });
  const bases = baseImages();
  await provide(bases);
  if (engine.isOurs) project.override(hostNetworkFor(config));
  const others = provide(serviceImages(config));
  const startedAt = elapsed();
  // All services build it side by side, like the first `docker compose up`.
  const build = project.compose(['build'], 900_000);
  // Wait for both, so that neither keeps running if the other fails.
  for (const result of await Promise.allSettled([build, others])) if (result.reason) throw result.reason;
  const [size, base] = await Promise.all([IMAGE, bases[0]].map(sizeOf));
  confirm(`the image was built in ${elapsed() - startedAt} s: ${size} MB, ${base} of them ${bases[0]}`);
}

/** Builds on the host's network, because a build needs npm and containers of our own engine cannot reach the outside. */
function hostNetworkFor({ services }) {
  const built = Object.keys(services).filter((name) => services[name].build !== undefined);
  const override = {
    // The service of a profile is not in the configuration.
    services: Object.fromEntries(
      [...built, 'workshop'].map((name) => [name, { build: { network: 'host' } }]),
    ),
  };
  const file = join(scratch, 'override.yaml');
  // Compose accepts JSON, because JSON is YAML.
  writeFileSync(file, JSON.stringify(override, null, 2));
  return file;
}

async function sizeOf(image) {
  return Math.round(Number(await project.docker(['image', 'inspect', '--format', '{{.Size}}', image])) / 1e6);
}

async function bringUp() {
  await project.compose(['up', '--detach', '--no-build', '--wait', '--wait-timeout', '150'], 180_000);
  const containers = await project.containers();
  const migrations = containers.filter(({ service }) => service.endsWith('-migrations'));
  const failed = migrations.filter(({ State }) => State.Running || State.ExitCode !== 0);
  if (failed.length > 0) throw new Error(`${failed.map(({ name }) => name).join(' and ')} failed`);
  const healthy = containers.filter(({ State }) => State.Health?.Status === 'healthy');
  confirm(
    `up: ${healthy.length} containers are healthy, ${migrations.length} migrations have ended with exit code 0`,
  );
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function showLogs() {
  try {
    process.stdout.write(await project.logs());
  } catch (error) {
    process.stdout.write(`no logs: ${error.message}\n`);
  }
}

/** Runs each step even if an earlier one failed. */
async function cleanUp() {
  try {
    await project?.takeDown();
    if (engine && !engine.isOurs)
      for (const image of [IMAGE, WORKSHOP_IMAGE]) await project?.removeImage(image);
  } catch (error) {
    exitCode = 1;
    tellFailure(`could not take the project down: ${error.message}`);
  }
  await engine?.close();
  if (scratch) rmSync(scratch, { recursive: true, force: true });
  if (engine?.isOurs) tell('the engine has ended');
}
