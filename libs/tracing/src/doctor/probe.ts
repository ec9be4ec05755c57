import { readFileSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { openTelemetryEnvironment } from './config.ts';
import { earlyState, type EarlyState } from './early-state.ts';
import type { Facts } from './facts.ts';
import { installedPackages } from './installed-packages.ts';
import { observeEndpoints, observeProcessors, sdkProcessors } from './observe-export.ts';
import { load, observeLoading, type Project } from './observe-loading.ts';
import {
  observeApiCopies,
  observeContext,
  observeLinks,
  observePropagation,
  observeSampler,
} from './observe-tracing.ts';
import { REPORT_FD, type ProbeMessage } from './probe-message.ts';
import { classOf, registeredApi, registeredProvider, type SdkProcessor } from './registered-api.ts';

/** One observation may hang in a package of the user that is being loaded. The other observations must not. */
const OBSERVATION_DEADLINE_MS = 5_000;

/**
 * Synchronous, because a report at the end of the process must arrive, and because the pipe must not keep the process
 * alive.
 */
function report(message: ProbeMessage): void {
  writeSync(REPORT_FD, `${JSON.stringify(message)}\n`);
}

async function attempt<T>(observe: () => T | Promise<T>): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => resolve(undefined), OBSERVATION_DEADLINE_MS);
  });
  try {
    return await Promise.race([observe(), late]);
  } catch {
    return undefined;
  } finally {
    clearTimeout(timer);
  }
}

/** Sits among the span processors and sees which spans start and whether a flush is requested. */
class Onlooker {
  started = 0;

  onStart(): void {
    this.started++;
  }

  onEnd(): void {}

  async forceFlush(): Promise<void> {
    report({ flushed: true });
  }

  shutdown(): Promise<void> {
    return this.forceFlush();
  }
}

async function gatherFacts({ settings, loadedAtRegistration }: EarlyState): Promise<Facts> {
  const directory = process.cwd();
  const project: Project = {
    directory,
    moduleType: moduleTypeOf(directory),
    mayLoad: settings.mode === 'set-up',
  };
  const packages = installedPackages(directory);
  const provider = registeredProvider();
  const registered = registeredApi()?.trace !== undefined;
  const processors = [...sdkProcessors()];
  const onlooker = new Onlooker();
  (sdkProcessors() as (SdkProcessor | Onlooker)[]).push(onlooker);
  const loading = await attempt(() => observeLoading(project, loadedAtRegistration));
  const sampler = registered ? await attempt(observeSampler) : undefined;
  const seesRoots = sampler !== undefined && sampler.keptWithoutLinks === sampler.trials;
  return {
    node: process.version,
    platform: process.platform,
    mode: settings.mode,
    moduleType: project.moduleType,
    environment: openTelemetryEnvironment(),
    packages,
    loading,
    sampler,
    registeredBy: registered ? registeredApi()?.version : undefined,
    provider: provider === undefined ? undefined : classOf(provider),
    apiCopies: registered ? await attempt(() => observeApiCopies(packages)) : undefined,
    context: await attempt(observeContext),
    links: registered ? await attempt(observeLinks) : undefined,
    propagation: await attempt(observePropagation),
    processors: registered ? observeProcessors(processors) : undefined,
    endpoints: registered ? await attempt(() => observeEndpoints(processors)) : undefined,
    pg: seesRoots ? await attempt(() => observePg(project, onlooker)) : undefined,
  };
}

/** Uses an unconnected client: the instrumentation makes its span before pg notices. */
async function observePg(project: Project, onlooker: Onlooker): Promise<Facts['pg']> {
  const exported = (await load(project, 'pg')) as PgModule | { default: PgModule } | undefined;
  if (exported === undefined) return undefined;
  const Client = 'Client' in exported ? exported.Client : exported.default.Client;
  if ((Client.prototype as { query: { __wrapped?: boolean } }).query.__wrapped !== true) return undefined;
  const startedBefore = onlooker.started;
  new Client().query('SELECT 1', () => {});
  return { spanWithoutParent: onlooker.started > startedBefore };
}

interface PgModule {
  readonly Client: new () => { query(text: string, callback: () => void): unknown };
}

function moduleTypeOf(directory: string): 'module' | 'commonjs' {
  for (let folder = directory; ; folder = dirname(folder)) {
    try {
      const json = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { type?: string };
      return json.type === 'module' ? 'module' : 'commonjs';
    } catch {
      if (folder === dirname(folder)) return 'commonjs';
    }
  }
}

async function probe(early: EarlyState): Promise<void> {
  // The process stays for its SIGTERM; an application decides that for itself.
  if (early.settings.mode === 'set-up') setInterval(() => {}, 2 ** 30);
  report({ facts: await gatherFacts(early) });
}

const early = earlyState();
if (early !== undefined) void probe(early);
