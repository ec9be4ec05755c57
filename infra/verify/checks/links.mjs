import { confirm } from '../progress.mjs';
import { expect, until } from '../wait.mjs';

/** Posts an order from outside and follows it in the explorer to its batch and back. */
export async function checkLinksBothWays(platform, project) {
  const { status, body: order } = await platform.postOrder({ customerId: 'verify-links' });
  expect(status === 201, `an order was answered with ${status}`);
  const { batchId } = await platform.reconciled(order.id);
  const worker = await replicaOf(platform, project, batchId);
  confirm(`an order posted to ${platform.ordersApi} was reconciled by ${worker}`);

  const trail = await platform.trail(order.id);
  const [source, batch] = ['receive-order', 'process-batch'].map((kind) =>
    trail.find((step) => step.kind === kind),
  );
  expect(
    source?.traceId === order.traceId && batch?.traceId,
    'the trail of the order lacks its request or its batch',
  );
  await linked(platform, batch, source, 'out');
  confirm(`its batch shows the link to its request (${batch.traceId} → ${source.traceId})`);
  await linked(platform, source, batch, 'in');
  confirm('its request shows the batch that links to it');
  await checkPage(platform, batch.url);
  return source;
}

/** Waits until `from` has a link in this direction, and its other end `to` is stored. */
async function linked(platform, from, to, direction) {
  await until(
    `the link from ${from.kind} to ${to.kind}`,
    async () => {
      const { links } = await platform.links(from, direction);
      const link = links.find(({ traceId, spanId }) => traceId === to.traceId && spanId === to.spanId);
      return link?.other.resolved && link.other.name === to.kind;
    },
    { signal: platform.signal },
  );
}

/** Checks that the address from the API opens the page for a browser on this machine, and that the page finds its scripts. */
async function checkPage(platform, url) {
  expect(url.startsWith(`${platform.explorer}/trace/`), `the trail leads to ${url}`);
  const page = await platform.page(url);
  const script = /src="(\/assets\/[^"]+\.js)"/.exec(page)?.[1];
  expect(script, `${url} is not the page`);
  await platform.get(platform.explorer + script);
  await platform.page(platform.explorer.replace('127.0.0.1', 'localhost'));
  confirm("the address in its trail opens the explorer's page, at localhost too");
}

/** Returns the name of the replica that made a batch. */
export async function replicaOf(platform, project, batchId) {
  const replicas = (await project.running()).filter(({ service }) => service === 'orders-batch');
  expect(replicas.length === 2, `${replicas.length} replicas of orders-batch are running`);
  for (const run of await runs(platform, replicas[0])) {
    const { batchPage } = await platform.get(`${addressOf(replicas[0])}/runs/${run.id}`);
    if (batchPage.some(({ id }) => id === batchId)) return nameOf(replicas, run.worker);
  }
  throw new Error(`no run has the batch ${batchId}`);
}

/** Posts orders until both replicas have handled some. */
export async function checkBothReplicasWork(platform, project) {
  const replicas = (await project.running()).filter(({ service }) => service === 'orders-batch');
  const workers = await until(
    'both replicas to work',
    async () => {
      for (let n = 0; n < 30; n++) await platform.postOrder({ customerId: 'verify-replicas' });
      const busy = (await runs(platform, replicas[0])).filter(({ orders }) => orders > 0);
      const names = new Set(busy.map(({ worker }) => nameOf(replicas, worker)));
      return names.size === 2 && [...names].sort();
    },
    { signal: platform.signal },
  );
  confirm(`${workers.join(' and ')} share the work`);
}

// The engine chooses a port for each replica.
function addressOf({ NetworkSettings }) {
  return `http://127.0.0.1:${NetworkSettings.Ports['3001/tcp'][0].HostPort}`;
}

async function runs(platform, replica) {
  return (await platform.get(`${addressOf(replica)}/runs?limit=100`)).runs;
}

/** The name of a worker begins with its host name, which is the host name of its container. */
function nameOf(replicas, worker) {
  const host = worker.split(':')[0];
  return replicas.find(({ Config }) => Config.Hostname === host)?.name ?? worker;
}
