import { setTimeout as sleep } from 'node:timers/promises';
import { confirm, tell } from '../progress.mjs';
import { expect, until } from '../wait.mjs';
import { OrderStream } from './order-stream.mjs';

const CUSTOMER = 'verify-outage';
const SOME_ORDERS_MS = 2_000;
const OUTAGE_MS = 4_000;

// Each outcome adds a row, so a second outcome of an order is visible.
const WATCH_OUTCOMES = `
  CREATE TABLE verify_outcomes (id uuid NOT NULL);
  CREATE FUNCTION verify_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO verify_outcomes VALUES (NEW.id); RETURN NULL; END $$;
  CREATE TRIGGER verify_outcome AFTER UPDATE ON orders FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION verify_outcome();`;
// A worker updates its batch before it writes outcomes. This makes that update take a second, so that the worker can be killed before it
// sends the outcomes. Postgres would write outcomes that are already sent even without the worker.
const pauseBatches = (seconds) => `
  CREATE OR REPLACE FUNCTION verify_pause() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN PERFORM pg_sleep(${seconds}); RETURN NEW; END $$;
  CREATE OR REPLACE TRIGGER verify_pause BEFORE UPDATE ON batches FOR EACH ROW EXECUTE FUNCTION verify_pause();`;
const FORGET = `
  DROP TRIGGER verify_outcome ON orders;
  DROP TRIGGER verify_pause ON batches;
  DROP TABLE verify_outcomes;`;

/** Kills a batch replica and then stops the database for a while, with orders coming in. Then looks for missing and duplicate orders. */
export async function checkOutage(platform, project) {
  await project.sql(WATCH_OUTCOMES);
  const tracesBefore = await storedTraces(platform);
  const stream = new OrderStream(platform, CUSTOMER);
  try {
    await sleep(SOME_ORDERS_MS, undefined, { signal: platform.signal });
    await killReplica(project, platform.signal);
    await sleep(SOME_ORDERS_MS, undefined, { signal: platform.signal });
    tell('Postgres is stopped while orders come in');
    await project.compose(['stop', 'postgres']);
    await sleep(OUTAGE_MS, undefined, { signal: platform.signal });
    const acceptedBefore = stream.accepted.length;
    tell('Postgres is started again');
    await project.compose(['start', 'postgres']);
    const acceptedAgain = () => stream.accepted.length > acceptedBefore + 20;
    await until('orders to be accepted again', acceptedAgain, { signal: platform.signal, timeoutMs: 60_000 });
  } finally {
    await stream.stop();
  }
  expect(stream.refused > 0, 'the outage went by unnoticed');
  await checkNothingLost(platform, project, stream);
  await checkTraces(platform, tracesBefore);
  await project.sql(FORGET);
}

/** Sends SIGKILL to a replica that holds orders. It stays away until `bringUp` starts it again. */
async function killReplica(project, signal) {
  await project.sql(pauseBatches(1));
  const replica = (await project.running()).find(({ service }) => service === 'orders-batch');
  const inHand = `SELECT count(*) FROM orders JOIN batches ON batches.id = orders.batch_id JOIN runs ON runs.id = batches.run_id
    WHERE orders.status = 'pending' AND runs.worker LIKE '${replica.Config.Hostname}:%'`;
  const justClaimed = `${inHand} AND batches.claimed_at > now() - interval '250 ms'`;
  const isAtWork = async () => Number(await project.sql(justClaimed)) > 0;
  await until(`${replica.name} to have orders in hand`, isAtWork, { signal });
  await project.docker(['kill', replica.Id]);
  tell(`${replica.name} is killed with ${await project.sql(inHand)} orders in hand`);
  await project.sql(pauseBatches(0));
}

async function checkNothingLost(platform, project, { accepted, refused }) {
  const pending = `SELECT count(*) FROM orders WHERE status = 'pending' AND customer_id = '${CUSTOMER}'`;
  const isDone = async () => (await project.sql(pending)) === '0';
  await until('all orders to be reconciled', isDone, { signal: platform.signal, timeoutMs: 60_000 });
  for (const id of accepted) {
    const { status } = await platform.order(id);
    expect(status === 'reconciled', `order ${id} is ${status}`);
  }
  const rows = Number(await project.sql(`SELECT count(*) FROM orders WHERE customer_id = '${CUSTOMER}'`));
  expect(
    rows === accepted.length && new Set(accepted).size === rows,
    `${rows} rows of ${accepted.length} orders`,
  );
  confirm(
    `all ${rows} orders of a killed replica and a stopped Postgres are there and reconciled; ${refused} attempts were refused meanwhile`,
  );
  const [written, distinct] = (await project.sql('SELECT count(*), count(DISTINCT id) FROM verify_outcomes'))
    .split('|')
    .map(Number);
  expect(written === distinct && written >= rows, `${written} outcomes of ${distinct} orders`);
  const takenOver = Number(await project.sql('SELECT count(*) FROM orders WHERE attempts > 1'));
  expect(takenOver > 0, 'no order was taken over from the replica that was killed');
  confirm(`each of them has one outcome; ${takenOver} orders were taken over from the dead`);
}

async function storedTraces(platform) {
  const { traces } = await platform.get(`${platform.explorer}/api/v1/traces?limit=200`);
  expect(traces.length > 0, 'the explorer has no traces yet');
  return traces;
}

async function checkTraces(platform, traces) {
  for (const { traceId, spanCount } of traces) {
    const { summary } = await platform.trace(traceId);
    expect(
      summary.spanCount >= spanCount,
      `trace ${traceId} has ${summary.spanCount} of ${spanCount} spans left`,
    );
  }
  confirm(`the ${traces.length} newest traces from before the outage still have all of their spans`);
}
