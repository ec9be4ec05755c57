import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { World } from './world.ts';

export interface CrashRunOptions {
  readonly seed: number;
  readonly kills: number;
  readonly destination: string;
}

/** The books after a run: the number of messages, and everything that does not add up. */
export interface Books {
  readonly messages: number;
  readonly killed: Readonly<Record<string, number>>;
  /** Messages without an effect in a group. */
  readonly lost: number;
  /** Effects beyond one per message and group. */
  readonly repeated: number;
  /** Effects of messages whose transaction was rolled back. */
  readonly phantoms: number;
  /** Messages for which a group has no span that links to the producer. */
  readonly withoutOrigin: number;
  readonly links: number;
  /** Link targets that were never reported, because their process was killed before the span ended. */
  readonly explained: {
    readonly senderKilled: number;
    readonly attemptUnfinished: number;
    readonly noCarrier: number;
  };
  readonly unexplained: number;
  readonly attempts: Readonly<Record<string, number>>;
  readonly duplicates: number;
}

interface SpanLine {
  readonly spanId: string;
  readonly name: string;
  readonly attributes: Record<string, unknown>;
  readonly links: readonly { spanId: string; attributes: Record<string, unknown> }[];
}

const ROLES = ['producer', 'producer', 'relay', 'shipping', 'shipping', 'invoicing', 'invoicing'] as const;
const SETTLE_LIMIT_MS = 240_000;

/** Kills processes at random, restarts them, and checks the books afterwards. */
export async function crashRun(world: World, { seed, kills, destination }: CrashRunOptions): Promise<Books> {
  await world.dataSource.query('CREATE TABLE placed (id text PRIMARY KEY, pid int)');
  const folder = mkdtempSync(join(tmpdir(), 'crash-run-'));
  const random = generator(seed);
  const killed: Record<string, number> = {};
  const killedPids = new Set<number>();
  const files: string[] = [];
  const workers = new Map<number, { child: ChildProcess; role: string; started: Promise<unknown> }>();
  const start = (slot: number) => {
    const role = ROLES[slot] ?? 'relay';
    const spansFile = join(folder, `${files.length}.jsonl`);
    files.push(spansFile);
    const { databaseUrl, settings } = world;
    const child = fork(new URL('./fixtures/worker.mjs', import.meta.url), {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: {
        ...process.env,
        WORKER: JSON.stringify({ databaseUrl, settings, destination, role, spansFile }),
      },
    });
    child.on('error', () => {});
    workers.set(slot, { child, role, started: once(child, 'message').catch(() => undefined) });
  };
  try {
    ROLES.forEach((_, slot) => start(slot));
    await Promise.all([...workers.values()].map(({ started }) => started));
    for (let kill = 0; kill < kills; kill++) {
      const slot = Math.floor(random() * ROLES.length);
      const worker = workers.get(slot);
      if (!worker) continue;
      // The kill can hit any moment of the work, including the connection phase.
      await worker.started;
      await sleep(random() * 1_000);
      worker.child.kill('SIGKILL');
      killedPids.add(worker.child.pid ?? 0);
      killed[worker.role] = (killed[worker.role] ?? 0) + 1;
      start(slot);
    }
    await Promise.all([...workers.values()].map(({ started }) => started));
    await untilPlaced(world, 150);
    for (const { child } of workers.values()) child.send('enough', () => {});
    await settled(world);
    const spans = files.filter((file) => existsSync(file)).flatMap(linesOf);
    return { ...(await count(world, destination, spans, killedPids)), killed };
  } finally {
    for (const { child } of workers.values()) child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
}

async function untilPlaced(world: World, least: number): Promise<void> {
  for (const deadline = Date.now() + SETTLE_LIMIT_MS; Date.now() < deadline; await sleep(200)) {
    const [row] = await world.dataSource.query<{ n: number }[]>('SELECT count(*)::int AS n FROM placed');
    if ((row?.n ?? 0) >= least) return;
  }
}

/** Waits until each message has its effects, and then a while longer for effects that must not come. */
async function settled(world: World): Promise<void> {
  const deadline = Date.now() + SETTLE_LIMIT_MS;
  const open = async () => {
    const [row] = await world.dataSource.query<{ n: number }[]>(`
      SELECT (SELECT count(*) FROM placed)::int * 2 - (
        SELECT count(*) FROM (SELECT DISTINCT consumer, message_id FROM effects) AS distinct_effects
      )::int + (SELECT count(*) FROM messaging_outbox)::int AS n`);
    return row?.n ?? 1;
  };
  await sleep(1_000);
  while ((await open()) > 0 && Date.now() < deadline) await sleep(500);
  // Messages that were handled but not acknowledged are delivered again in this time.
  await sleep(8_000);
}

async function count(
  world: World,
  destination: string,
  spans: readonly SpanLine[],
  killedPids: ReadonlySet<number>,
): Promise<Omit<Books, 'killed'>> {
  const placed = await world.dataSource.query<{ id: string; pid: number }[]>('SELECT * FROM placed');
  const pidOf = new Map(placed.map(({ id, pid }) => [id, pid]));
  const effects = await world.effects();
  const perEffect = new Map<string, number>();
  for (const { consumer, message_id: id } of effects) {
    perEffect.set(`${consumer} ${id}`, (perEffect.get(`${consumer} ${id}`) ?? 0) + 1);
  }
  const attempts: Record<string, number> = {};
  for (const { attempt } of effects) attempts[attempt] = (attempts[attempt] ?? 0) + 1;
  const reported = new Set(spans.map((span) => span.spanId));
  const processed = spans.filter((span) => span.name === `process ${destination}`);
  const linked = new Map<string, number>();
  const explained = { senderKilled: 0, attemptUnfinished: 0, noCarrier: 0 };
  let unexplained = 0;
  let links = 0;
  for (const span of processed) {
    if (span.attributes['spanlinks.previous_attempts.missing'] !== undefined) explained.noCarrier++;
    for (const { spanId, attributes } of span.links) {
      links++;
      const id = String(attributes['messaging.message.id'] ?? span.attributes['messaging.message.id']);
      const isOrigin = attributes['spanlinks.relation'] === 'origin';
      if (isOrigin) linked.set(id, (linked.get(id) ?? 0) + 1);
      if (reported.has(spanId)) continue;
      if (isOrigin && killedPids.has(pidOf.get(id) ?? -1)) explained.senderKilled++;
      else if (attributes['spanlinks.attempt.outcome'] === 'unfinished') explained.attemptUnfinished++;
      else unexplained++;
    }
  }
  return {
    messages: placed.length,
    lost: placed.length * 2 - placed.flatMap(({ id }) => groupsOf(id, perEffect)).length,
    repeated: [...perEffect.values()].reduce((sum, n) => sum + n - 1, 0),
    phantoms: effects.filter(({ message_id: id }) => !pidOf.has(id)).length,
    // Both groups must have a span for each message.
    withoutOrigin: placed.filter(({ id }) => (linked.get(id) ?? 0) < 2).length,
    links,
    explained,
    unexplained,
    attempts,
    duplicates: processed.filter((span) => span.attributes['spanlinks.duplicate'] === true).length,
  };
}

function groupsOf(id: string, effects: ReadonlyMap<string, number>): string[] {
  return ['shipping', 'invoicing'].filter((group) => effects.has(`${group} ${id}`));
}

function linesOf(file: string): SpanLine[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.endsWith('}'))
    .map((line) => JSON.parse(line) as SpanLine);
}

/** mulberry32: the same seed gives the same kills. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The result that every run must have. */
export const BALANCED = { lost: 0, repeated: 0, phantoms: 0, withoutOrigin: 0, unexplained: 0 };
