import { writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { checkBooks, isSettled } from './books.mjs';
import { faultsOfRound } from './faults.mjs';
import { Load } from './load.mjs';
import { Platform } from './platform.mjs';
import { seededRandom } from './random.mjs';

const USAGE = `node chaos/main.mjs [--seed N] [--rounds N] [--seconds N] [--report FILE] [--keep]

Runs orders-api, two orders-batch, orders-fulfilment, the explorer and an embedded Postgres under load, and breaks them round by round: kills, pauses, cut
and stalled connections, a full disk, dead and misbehaving trace backends. Then it checks the books: orders, effects, messages and links.

  --seed N       which faults come when (default: a new one, which the report names)
  --rounds N     how many rounds (default 30); a round takes some seconds
  --seconds N    start no round after this time
  --report FILE  writes the figures there as JSON
  --keep         keeps the folder with the logs of the apps, as a failed run does
  --help

Exit code 0 if every book balances, 1 if not, 2 for a wrong option. The faults depend on the seed; what they meet depends on the machine.
Needs the built apps (npm run build). Only root can fill a disk of its own; otherwise that fault is left out, and the report says so.
`;
const SETTLE_LIMIT_MS = 240_000;
const BOOKS_LIMIT_MS = 180_000;
const ALL_READY_EVERY_ROUNDS = 10;
const startedAt = performance.now();

const options = readOptions();
const random = seededRandom(options.seed);
const counts = new Map();
const stopping = new AbortController();
for (const name of ['SIGINT', 'SIGTERM'])
  process.once(name, () => stopping.abort(new Error(`${name}, stopping`)));

let exitCode = 1;
const platform = new Platform();
try {
  exitCode = (await run()) ? 0 : 1;
} catch (error) {
  tell(`FAILED ${stopping.signal.aborted ? stopping.signal.reason.message : (error.stack ?? error.message)}`);
} finally {
  const keeps = options.keep || exitCode !== 0;
  await platform.stop(keeps);
  if (keeps) tell(`the logs are in ${platform.logFolder}`);
}
process.exit(exitCode);

async function run() {
  tell(`seed ${options.seed}, ${options.rounds} rounds`);
  if (!platform.hasDiskOfItsOwn) tell('no disk is filled: that takes root and a file system of its own');
  await platform.start();
  const load = new Load(
    platform.service('orders-api'),
    `chaos-${options.seed}`,
    seededRandom(options.seed + 1),
  );
  load.start();
  const rounds = await breakThings(load);
  tell(`${rounds} rounds are over; waiting until all work is done`);
  await load.end();
  await settled();
  const { checks, figures } = await balancedBooks(load);
  return report({ checks, figures, load, rounds });
}

async function breakThings(load) {
  let round = 0;
  while (round < options.rounds && !isTimeUp()) {
    stopping.signal.throwIfAborted();
    round += 1;
    const faults = faultsOfRound(random, { canFillDisk: platform.hasDiskOfItsOwn });
    for (const { name } of faults) counts.set(name, (counts.get(name) ?? 0) + 1);
    await Promise.all(
      faults.map(async ({ afterMs, run: apply }) => {
        await sleep(afterMs);
        await apply(platform);
      }),
    );
    const healedAt = performance.now();
    // Orders must flow before the next faults. Other services may still be starting, and faults may hit them there.
    if (round % ALL_READY_EVERY_ROUNDS === 0) await platform.recovered();
    else await platform.recovered('orders-api');
    const seconds = ((performance.now() - healedAt) / 1_000).toFixed(1);
    tell(
      `round ${round}  ${faults.map(({ name }) => name).join(', ')}  ready after ${seconds} s, ${load.orders.size} orders`,
    );
  }
  return round;
}

function isTimeUp() {
  return options.seconds !== undefined && performance.now() - startedAt > options.seconds * 1_000;
}

async function settled() {
  const deadline = Date.now() + SETTLE_LIMIT_MS;
  while (!(await isSettled((sql) => platform.orders(sql)).catch(() => false))) {
    if (Date.now() > deadline) throw new Error('the work that was asked for did not come to its end');
    await sleep(250);
  }
}

/** Spans arrive late, so this repeats the check until the books balance. It checks once more after the apps have sent their last spans. */
async function balancedBooks(load) {
  const books = () =>
    checkBooks({ load, orders: (sql) => platform.orders(sql), traces: (sql) => platform.traces(sql) });
  const deadline = Date.now() + BOOKS_LIMIT_MS;
  let result = await books();
  while (result.checks.some(({ problems }) => problems.length > 0) && Date.now() < deadline) {
    await sleep(1_000);
    result = await books();
  }
  const ends = await platform.stopApps();
  result = await books();
  result.checks.push({
    name: 'the apps stop in order, with exit code 0',
    problems: ends.filter(({ how }) => how !== 0).map(({ name, how }) => `${name}: ${how}`),
  });
  return result;
}

function report({ checks, figures, load, rounds }) {
  checks.push(
    {
      name: 'no app ended by itself',
      problems: platform.services.flatMap(({ unexpectedEnds }) => unexpectedEnds),
    },
    { name: 'every answer is one that a fault explains', problems: load.oddAnswers },
  );
  const restarts = platform.services.reduce((sum, { starts }) => sum + starts - 1, 0);
  const all = {
    rounds,
    seconds: Math.round((performance.now() - startedAt) / 1_000),
    restarts,
    ...load.counts,
    ...figures,
  };
  tell('');
  for (const [name, count] of [...counts].sort()) tell(`${String(count).padStart(6)}  ${name}`);
  tell('');
  for (const [name, value] of Object.entries(all)) tell(`${String(value).padStart(6)}  ${wordsOf(name)}`);
  tell('');
  for (const { name, problems } of checks) {
    tell(`${problems.length === 0 ? 'ok    ' : 'FAILED'} ${name}`);
    for (const problem of problems.slice(0, 10)) tell(`         ${problem}`);
    if (problems.length > 10) tell(`         and ${problems.length - 10} more`);
  }
  const isBalanced = checks.every(({ problems }) => problems.length === 0);
  tell('');
  tell(
    isBalanced
      ? `every book balances (seed ${options.seed})`
      : `FAILED: repeat it with --seed ${options.seed}`,
  );
  if (options.report !== undefined) {
    const faults = Object.fromEntries(counts);
    writeFileSync(
      options.report,
      `${JSON.stringify({ seed: options.seed, figures: all, faults, checks }, null, 2)}\n`,
    );
  }
  return isBalanced;
}

function wordsOf(name) {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function tell(line) {
  const seconds = String(Math.round((performance.now() - startedAt) / 1_000)).padStart(4);
  process.stdout.write(`[${seconds}s] ${line}\n`);
}

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        seed: { type: 'string' },
        rounds: { type: 'string', default: '30' },
        seconds: { type: 'string' },
        report: { type: 'string' },
        keep: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) {
      process.stdout.write(USAGE);
      process.exit(0);
    }
    return {
      ...values,
      seed:
        values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : wholeNumber('seed', values.seed),
      rounds: wholeNumber('rounds', values.rounds),
      seconds: values.seconds === undefined ? undefined : wholeNumber('seconds', values.seconds),
    };
  } catch (error) {
    process.stderr.write(`chaos: ${error.message}. Try --help.\n`);
    process.exit(2);
  }
}

function wholeNumber(name, text) {
  if (!/^\d{1,10}$/.test(text)) throw new Error(`--${name} takes a whole number, not "${text}"`);
  return Number(text);
}
