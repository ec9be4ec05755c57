import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { holdDatabase } from '@span-links/embedded-postgres';
import { TcpProxy } from '@span-links/service-shell/testing';
import pg from 'pg';
import { Service } from './service.mjs';
import { TraceBackend } from './trace-backend.mjs';

const DISK_SIZE = '1500m';
const READY_LIMIT_MS = 180_000;

/** Runs the real apps on the embedded Postgres, with proxies between them that can break. */
export class Platform {
  services = [];
  /** Errors that the guardian reported. */
  databaseErrors = [];
  lost;
  #folder;
  #disk;
  #ballast;
  #isDiskOwn = false;
  #database;
  #pool;

  constructor() {
    this.#folder = mkdtempSync(join(tmpdir(), 'span-links-chaos-'));
    chmodSync(this.#folder, 0o755);
    this.#disk = join(this.#folder, 'disk');
    mkdirSync(this.#disk);
    this.#mountDisk();
    this.dataDir = join(this.#disk, 'postgres');
    this.#ballast = join(this.#disk, 'ballast');
    mkdirSync(this.#ballast);
  }

  get logFolder() {
    return this.#folder;
  }

  /** Tells whether the data is on its own small disk, which a fault can fill. */
  get hasDiskOfItsOwn() {
    return this.#isDiskOwn;
  }

  async start() {
    // Another program might take the preferred port while the server is down.
    mkdirSync(this.dataDir);
    writeFileSync(join(this.dataDir, 'port'), `${await freePort()}\n`);
    this.#database = await holdDatabase({
      dataDir: this.dataDir,
      onError: (sentence) => this.databaseErrors.push(sentence),
      onLost: (error) => (this.lost = error.message),
    });
    this.#pool = new pg.Pool({ connectionString: this.#database.url, max: 2 });
    this.#pool.on('error', () => {});
    const target = { host: '127.0.0.1', port: Number(new URL(this.#database.url).port) };
    this.proxies = {
      'orders-api': await TcpProxy.start(target),
      'orders-batch': await TcpProxy.start(target),
      'orders-fulfilment': await TcpProxy.start(target),
    };
    const explorerPort = await freePort();
    this.backend = new TraceBackend(explorerPort);
    const endpoint = await this.backend.start();
    this.#addExplorer(explorerPort);
    await this.#addApp('orders-api', 'orders-api', endpoint, {
      FAN_OUT_LEASE_MS: '3000',
      FAN_OUT_POLL_MS: '300',
      FAN_OUT_MAX_ATTEMPTS: '100',
    });
    for (const number of [1, 2]) {
      await this.#addApp(`orders-batch-${number}`, 'orders-batch', endpoint, {
        BATCH_CRON: '* * * * * *',
        BATCH_SIZE: '20',
        BATCH_LEASE_MS: '3000',
        BATCH_MAX_ATTEMPTS: '100',
      });
    }
    await this.#addApp('orders-fulfilment', 'orders-fulfilment', endpoint, {
      MESSAGING_REDELIVER_AFTER_MS: '5000',
      MESSAGING_MAX_ATTEMPTS: '1000',
    });
    for (const service of this.services) {
      service.start();
      await this.#ready(service);
    }
  }

  service(name) {
    return this.services.find((service) => service.name === name);
  }

  /** Waits until the named services report that they are ready; without names, all services. */
  async recovered(...names) {
    const awaited = this.services.filter(({ name }) => names.length === 0 || names.includes(name));
    await Promise.all(awaited.map((service) => this.#ready(service)));
  }

  get guardianPid() {
    const folder = join(this.dataDir, 'guardian');
    const newest = Math.max(
      ...readdirSync(folder).flatMap((name) => (/^\d+\.json$/.test(name) ? [Number.parseInt(name)] : [])),
    );
    return JSON.parse(readFileSync(join(folder, `${newest}.json`), 'utf8')).pid;
  }

  get postmasterPid() {
    return Number.parseInt(readFileSync(join(this.dataDir, 'cluster', 'postmaster.pid'), 'utf8'));
  }

  /** Takes the free space, several times, because a dying server frees some again. */
  fillDisk() {
    for (let number = 1; number <= 3; number += 1) {
      const { bavail, bsize } = statfsSync(this.#disk);
      if (bavail === 0) return;
      const file = join(this.#ballast, `${number}-${Date.now()}`);
      try {
        execFileSync('fallocate', ['-l', String(bavail * bsize), file], { stdio: 'ignore' });
      } catch {
        // The server took the last bytes first.
      }
    }
  }

  freeDisk() {
    for (const name of readdirSync(this.#ballast)) rmSync(join(this.#ballast, name), { force: true });
  }

  async orders(sql) {
    return (await this.#pool.query(sql)).rows;
  }

  async traces(sql) {
    const client = await this.#pool.connect();
    try {
      await client.query('SET search_path TO trace_explorer');
      return (await client.query(sql)).rows;
    } finally {
      client.release(true);
    }
  }

  /** Stops the apps cleanly, so that they send their last spans. The explorer and the database keep running. */
  async stopApps() {
    const apps = this.services.filter(({ name }) => name !== 'trace-explorer');
    return Promise.all(apps.map(async (app) => ({ name: app.name, how: await app.stop() })));
  }

  /** @param keepsLogs keeps the folder with the logs. */
  async stop(keepsLogs) {
    await Promise.all(this.services.map((service) => service.stop()));
    await this.backend?.stop();
    for (const proxy of Object.values(this.proxies ?? {})) await proxy.close();
    await this.#pool?.end();
    await this.#database?.release();
    if (this.#isDiskOwn) execFileSync('umount', ['-l', this.#disk]);
    if (!keepsLogs) rmSync(this.#folder, { recursive: true, force: true });
  }

  #addExplorer(port) {
    const env = {
      EXPLORER_PORT: String(port),
      EMBEDDED_POSTGRES_DIR: this.dataDir,
      EXPLORER_HOST: '127.0.0.1',
    };
    this.services.push(this.#newService('trace-explorer', 'trace-explorer', port, env, false));
  }

  async #addApp(name, app, endpoint, settings) {
    const port = await freePort();
    const env = {
      PORT: String(port),
      DATABASE_URL: this.proxies[app].urlOf(this.#database.url),
      OTEL_EXPORTER_OTLP_ENDPOINT: endpoint,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      OTEL_METRICS_EXPORTER: 'none',
      OTEL_BSP_SCHEDULE_DELAY: '300',
      SPAN_LINKS_JOURNAL: join(this.#folder, 'journal', app),
      ...settings,
    };
    this.services.push(this.#newService(name, app, port, env, true));
  }

  #newService(name, app, port, env, isTraced) {
    const dist = fileURLToPath(new URL(`../apps/${app}/dist/`, import.meta.url));
    if (!existsSync(join(dist, 'main.js'))) throw new Error(`${dist} is missing: run npm run build first`);
    const args = [...(isTraced ? ['--import', join(dist, 'instrumentation.js')] : []), join(dist, 'main.js')];
    const { PATH, HOME } = process.env;
    return new Service({
      name,
      args,
      env: { PATH, HOME, STOP_DEADLINE_MS: '30000', ...env },
      port,
      logFile: join(this.#folder, `${name}.log`),
    });
  }

  async #ready(service) {
    const deadline = Date.now() + READY_LIMIT_MS;
    while (!(await service.isReady())) {
      if (this.lost !== undefined) throw new Error(`the embedded database was given up: ${this.lost}`);
      if (Date.now() > deadline)
        throw new Error(`${service.name} was not ready again within ${READY_LIMIT_MS / 1000} s`);
      await sleep(50);
    }
  }

  #mountDisk() {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_SIZE},mode=755`, 'tmpfs', this.#disk], {
        stdio: 'ignore',
      });
      this.#isDiskOwn = true;
    } catch {
      // Only root may mount, and not in every container. Without the mount no fault fills a disk, and the report says so.
    }
  }
}

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
