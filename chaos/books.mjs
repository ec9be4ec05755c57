const ORIGIN = `attributes ->> 'spanlinks.relation' = 'origin'`;

/**
 * Compares the answers that clients got with the stored orders, effects and links.
 *
 * @param orders runs SQL on the orders database.
 * @param traces runs SQL on the explorer's database.
 * @returns the checks, each with its problems, and figures.
 */
export async function checkBooks({ load, orders, traces }) {
  const checks = [];
  const check = (name, problems) => checks.push({ name, problems });
  const figures = {};
  await checkOrders({ load, orders, check, figures });
  await checkEffects({ load, orders, check, figures });
  await checkMessages({ orders, check, figures });
  await checkLinks({ orders, traces, check, figures });
  return { checks, figures };
}

/** Tells whether all work for the orders is done. */
export async function isSettled(orders) {
  const [row] = await orders(`
    SELECT (SELECT count(*) FROM orders WHERE status = 'pending')
         + (SELECT count(*) FROM fan_outs WHERE status NOT IN ('completed', 'failed'))
         + (SELECT count(*) FROM runs WHERE outcome = 'running')
         + (SELECT count(*) FROM orders LEFT JOIN shipments ON order_id = orders.id WHERE dispatched_at IS NULL)
         + (SELECT count(*) FROM orders LEFT JOIN invoices ON order_id = orders.id WHERE invoices.order_id IS NULL) AS open`);
  return Number(row.open) === 0;
}

async function checkOrders({ load, orders, check, figures }) {
  const rows = await orders('SELECT id, idempotency_key AS key, status, attempts, batch_id FROM orders');
  const byKey = new Map(rows.map((row) => [row.key, row]));
  figures.orders = rows.length;
  figures.ordersTriedAgain = rows.filter(({ attempts }) => attempts > 1).length;
  const acknowledged = [...load.orders];
  check(
    'each acknowledged order is there, under the id that was acknowledged',
    acknowledged.filter(([key, { id }]) => byKey.get(key)?.id !== id).map(([key]) => key),
  );
  check(
    'there is no order that nobody sent, and none twice',
    rows.filter(({ key }) => !load.orders.has(key)).map(({ id, key }) => `${id} under ${key}`),
  );
  check(
    'each order became what its total says',
    acknowledged
      .filter(([key, { isWrong }]) => byKey.get(key)?.status !== (isWrong ? 'discrepancy' : 'reconciled'))
      .map(([key]) => `${key}: ${byKey.get(key)?.status}`),
  );
  const [sums] = await orders(`
    SELECT count(*)::int AS batches, count(*) FILTER (WHERE outcome <> 'completed')::int AS broken,
      coalesce(sum(reconciled + discrepancies), 0)::int AS written FROM batches`);
  Object.assign(figures, { batches: sums.batches, batchesThatDied: sums.broken });
  check(
    'the batches wrote one outcome per order',
    sums.written === rows.length ? [] : [`${sums.written} outcomes of ${rows.length} orders`],
  );
}

async function checkEffects({ load, orders, check, figures }) {
  const asked = await orders('SELECT order_id AS id, status FROM fan_outs');
  const known = new Set(asked.map(({ id }) => id));
  figures.fanOuts = asked.length;
  check(
    'each acknowledged fan-out is there',
    [...load.fanOuts].filter((id) => !known.has(id)),
  );
  const [attempts] = await orders(
    'SELECT count(*)::int AS all, count(*) FILTER (WHERE number > 1)::int AS again FROM operation_attempts',
  );
  Object.assign(figures, { attempts: attempts.all, attemptsAfterTheFirst: attempts.again });
  // One query per kind finds finished operations without exactly one effect, and effects without a finished operation.
  const effects = {
    'authorize-payment': `SELECT operation_id FROM payment_ledger WHERE entry = 'authorization'`,
    'void-payment': `SELECT operation_id FROM payment_ledger WHERE entry = 'void'`,
    'notify-customer': 'SELECT operation_id FROM notifications',
    'score-risk': 'SELECT operation_id FROM risk_scores',
  };
  for (const [kind, effect] of Object.entries(effects)) {
    check(`each ${kind} that is done has one effect, and no other has any`, [
      ...(await unevenEffects(orders, kind, effect)),
    ]);
  }
  const uneven = await orders(`
    SELECT sku, stocked - available AS taken, coalesce((SELECT sum(quantity) FROM stock_movements AS m WHERE m.sku = stock.sku), 0) AS moved
    FROM stock`);
  check(
    'the stock is what its movements leave',
    uneven
      .filter(({ taken, moved }) => Math.abs(Number(taken)) !== Math.abs(Number(moved)))
      .map(({ sku, taken, moved }) => `${sku}: ${taken} taken, ${moved} moved`),
  );
}

async function unevenEffects(orders, kind, effect) {
  const rows = await orders(`
    SELECT coalesce(done.id, effect.operation_id) AS id, count(effect.operation_id)::int AS effects
    FROM (SELECT id FROM operations WHERE kind = '${kind}' AND status = 'done') AS done
    FULL JOIN (${effect}) AS effect ON effect.operation_id = done.id
    GROUP BY 1 HAVING count(effect.operation_id) <> 1 OR count(done.id) <> 1`);
  return rows.map(({ id, effects }) => `operation ${id}: ${effects} effects`);
}

async function checkMessages({ orders, check, figures }) {
  const rows = await orders(`
    SELECT orders.id,
      (SELECT count(*)::int FROM shipments WHERE order_id = orders.id) AS shipped,
      (SELECT count(*)::int FROM shipments WHERE order_id = orders.id AND dispatched_at IS NOT NULL) AS dispatched,
      (SELECT count(*)::int FROM invoices WHERE order_id = orders.id) AS invoiced
    FROM orders`);
  for (const what of ['shipped', 'dispatched', 'invoiced']) {
    figures[what] = rows.reduce((sum, row) => sum + row[what], 0);
    check(
      `each order is ${what} once`,
      rows.filter((row) => row[what] !== 1).map((row) => `order ${row.id}: ${row[what]} times`),
    );
  }
}

async function checkLinks({ orders, traces, check, figures }) {
  const spans = await traces(`
    SELECT trace_id, encode(span_id, 'hex') AS span_id, link_count, attributes ->> 'spanlinks.interrupted' AS interrupted,
      (SELECT count(*)::int FROM links WHERE links.src = spans.id AND ${ORIGIN}) AS origins
    FROM spans WHERE link_count > 0`);
  const stored = new Map(spans.map((span) => [`${span.trace_id.replaceAll('-', '')}-${span.span_id}`, span]));
  figures.linkBearingSpans = spans.length;
  figures.interruptedSpans = spans.filter(({ interrupted }) => interrupted !== null).length;
  figures.links = spans.reduce((sum, span) => sum + span.link_count, 0);
  const batches = await orders(
    `SELECT id, links, trace_context ->> 'traceparent' AS span FROM batches WHERE trace_context IS NOT NULL`,
  );
  check(
    'each process-batch that was begun has arrived',
    batches.filter(({ span }) => !stored.has(idsOf(span))).map(({ id, span }) => `batch ${id}, span ${span}`),
  );
  check(
    'each process-batch has the links to all of its origins, once',
    batches
      .filter(({ span, links }) => stored.has(idsOf(span)) && stored.get(idsOf(span)).origins !== links)
      .map(({ id, span, links }) => `batch ${id}: ${stored.get(idsOf(span)).origins} of ${links} links`),
  );
  const attempts = await orders(`
    SELECT kind, number, operation_attempts.trace_context ->> 'traceparent' AS span
    FROM operation_attempts JOIN operations ON operations.id = operation_id WHERE operation_attempts.trace_context IS NOT NULL`);
  check(
    'each attempt at an operation that was begun has arrived with its links',
    attempts
      .filter(({ span }) => !stored.has(idsOf(span)))
      .map(({ kind, number, span }) => `${kind}, attempt ${number}, span ${span}`),
  );
  const fanOuts = await orders(
    `SELECT id, trace_context ->> 'traceparent' AS span FROM fan_outs WHERE trace_context IS NOT NULL`,
  );
  check(
    'each fan-out-order has arrived with its link',
    fanOuts
      .filter(({ span }) => !stored.has(idsOf(span)))
      .map(({ id, span }) => `fan-out ${id}, span ${span}`),
  );
  const consumers = await orders(`
    SELECT 'shipment' AS kind, order_id, trace_context ->> 'traceparent' AS span FROM shipments WHERE trace_context IS NOT NULL
    UNION ALL SELECT 'dispatch', order_id, dispatch_context ->> 'traceparent' FROM shipments WHERE dispatch_context IS NOT NULL`);
  check(
    'each span that handled a message has arrived with its links',
    consumers
      .filter(({ span }) => !stored.has(idsOf(span)))
      .map(({ kind, order_id, span }) => `${kind} of order ${order_id}, span ${span}`),
  );
  // Spans below a batch of messages write the invoices, but the span of the batch has the links.
  const linkedTraces = new Set([...stored.keys()].map((ids) => ids.slice(0, 32)));
  const invoices = await orders(
    `SELECT order_id, trace_context ->> 'traceparent' AS span FROM invoices WHERE trace_context IS NOT NULL`,
  );
  check(
    'each batch of messages that wrote invoices has arrived with its links',
    invoices
      .filter(({ span }) => !linkedTraces.has(idsOf(span).slice(0, 32)))
      .map(({ order_id, span }) => `invoice of order ${order_id}, span ${span}`),
  );
  await checkWayBack({ orders, traces, check });
}

/** Checks that a link leads from each order's span to the batch that wrote its outcome. */
async function checkWayBack({ orders, traces, check }) {
  const wanted = await orders(`
    SELECT orders.id, orders.trace_context ->> 'traceparent' AS source, batches.trace_context ->> 'traceparent' AS batch
    FROM orders JOIN batches ON batches.id = orders.batch_id
    WHERE orders.trace_context IS NOT NULL AND batches.trace_context IS NOT NULL`);
  const links = await traces(`
    SELECT replace(spans.trace_id::text, '-', '') || '-' || encode(spans.span_id, 'hex') AS source,
      replace(target_trace_id::text, '-', '') || '-' || encode(target_span_id, 'hex') AS target
    FROM links JOIN spans ON spans.id = links.src WHERE links.${ORIGIN}`);
  const known = new Set(links.map(({ source, target }) => `${source}>${target}`));
  check(
    'from each order, a link leads to the batch that handled it',
    wanted
      .filter(({ source, batch }) => !known.has(`${idsOf(batch)}>${idsOf(source)}`))
      .map(({ id }) => `order ${id}`),
  );
}

/** Returns `<trace>-<span>` of the traceparent `00-<trace>-<span>-01`. */
function idsOf(traceparent) {
  return traceparent.slice(3, 52);
}
