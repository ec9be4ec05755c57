/** Replacements that turn the solution of an exercise into a wrong one. */
export type Edits = readonly (readonly [string, string])[];

const FAN_IN = `  const sources = rows.map((row) => ({
    carrier: row.traceContext,
    attributes: { 'messaging.message.id': row.id },
  }));
  await inFanIn(startFanIn(batch, 'process-batch', sources), async () => {
    for (const row of rows) await reconcile(row);
  });`;

const FAN_OUT = `    fanOut(orders, [
      { name: 'reserve-stock', run: () => work.reserveStock(order) },
      { name: 'authorize-payment', run: () => work.authorizePayment(order) },
      { name: 'notify-customer', run: () => work.notifyCustomer(order) },
      { name: 'score-risk', run: () => work.scoreRisk(order) },
    ]),`;

const JOIN = `  await inFanIn(startJoin(orders, 'complete-order', outcomes), async () => {
    // The decision about the order, from the outcomes.
  });
`;

const PARTS = `  const sources = rows.map((row) => ({ carrier: row.traceContext }));
  const fanIn = startFanIn(batch, 'process-batch', sources);
  rows.forEach((row, position) => {
    context.with(fanIn?.contextOf(position) ?? context.active(), () => reconcile(row));
  });
  fanIn?.end();
`;

/** By exercise, then by the mistake that the check has to name. A name with a slash is another way to the same mistake. */
export const wrongSolutions: Readonly<Record<string, Readonly<Record<string, Edits>>>> = {
  '1-lost-trail': {
    'nothing-stored': [
      ['    const traceContext = captureTraceContext();\n', ''],
      ['{ ...order, traceContext }', '{ ...order, traceContext: null }'],
      ['captureTraceContext, ', ''],
    ],
    'captured-in-child': [
      ['    const traceContext = captureTraceContext();\n', ''],
      [
        'await table.insert({ ...order, traceContext });',
        'await table.insert({ ...order, traceContext: captureTraceContext() });',
      ],
    ],
    'captured-outside': [
      ['    const traceContext = captureTraceContext();\n', ''],
      [
        "  await inSpan(api, 'receive-order'",
        "  const traceContext = captureTraceContext();\n  await inSpan(api, 'receive-order'",
      ],
    ],
    'captured-once': [
      [
        "const batch = tracerOf('orders-batch');",
        "const batch = tracerOf('orders-batch');\nlet traceContext: unknown;",
      ],
      ['const traceContext = captureTraceContext();', 'traceContext ??= captureTraceContext();'],
    ],
    'parent-child': [
      [
        'import { captureTraceContext',
        "import { context, propagation } from '@opentelemetry/api';\nimport { captureTraceContext",
      ],
      ['  const link = linkFromCarrier(row.traceContext);\n', ''],
      ['root: true, links: link ? [link] : [], ', ''],
      [
        '    // The work on the order.\n  });',
        '    // The work on the order.\n  }, propagation.extract(context.active(), row.traceContext));',
      ],
    ],
    'late-link': [
      ['links: link ? [link] : [], ', ''],
      ['options, async () => {\n', 'options, async (span) => {\n    if (link) span.addLink(link);\n'],
    ],
    'no-link': [
      ['links: link ? [link] : [], ', ''],
      ['  const link = linkFromCarrier(row.traceContext);\n', ''],
    ],
  },
  '2-fan-in': {
    'span-per-order': [
      [
        FAN_IN,
        `  for (const row of rows) {
    const link = linkFromCarrier(row.traceContext);
    await inSpan(batch, 'process-batch', { root: true, links: link ? [link] : [] }, () => reconcile(row));
  }`,
      ],
      ['inFanIn, inSpan, startFanIn', 'inSpan, linkFromCarrier'],
    ],
    'late-links': [
      [
        FAN_IN,
        `  const attributes = { 'batch.size': rows.length };
  await inSpan(batch, 'process-batch', { root: true, attributes }, async (span) => {
    for (const row of rows) {
      const link = linkFromCarrier(row.traceContext);
      if (link) span.addLink(link);
      await reconcile(row);
    }
  });`,
      ],
      ['inFanIn, inSpan, startFanIn', 'inSpan, linkFromCarrier'],
    ],
    'phantom-link': [
      [
        FAN_IN,
        `  const links = rows.flatMap((row) => {
    const context = trace.getSpanContext(propagation.extract(active.active(), row.traceContext));
    return context ? [{ context }] : [];
  });
  const attributes = { 'batch.size': rows.length };
  await inSpan(batch, 'process-batch', { root: true, links, attributes }, async () => {
    for (const row of rows) await reconcile(row);
  });`,
      ],
      [
        'import { inFanIn, inSpan, startFanIn }',
        "import { context as active, propagation, trace } from '@opentelemetry/api';\nimport { inSpan }",
      ],
    ],
    'wrong-size': [
      [
        FAN_IN,
        `  const links = rows.map((row) => linkFromCarrier(row.traceContext)).filter((link) => link !== undefined);
  const attributes = { 'batch.size': links.length };
  await inSpan(batch, 'process-batch', { root: true, links, attributes }, async () => {
    for (const row of rows) await reconcile(row);
  });`,
      ],
      ['inFanIn, inSpan, startFanIn', 'inSpan, linkFromCarrier'],
    ],
    'wrong-size/none': [
      [
        FAN_IN,
        `  const links = rows.map((row) => linkFromCarrier(row.traceContext)).filter((link) => link !== undefined);
  await inSpan(batch, 'process-batch', { root: true, links }, async () => {
    for (const row of rows) await reconcile(row);
  });`,
      ],
      ['inFanIn, inSpan, startFanIn', 'inSpan, linkFromCarrier'],
    ],
    'not-root': [
      [
        FAN_IN,
        `  const links = rows.map((row) => linkFromCarrier(row.traceContext)).filter((link) => link !== undefined);
  const attributes = { 'batch.size': rows.length };
  await inSpan(batch, 'process-batch', { links, attributes }, async () => {
    for (const row of rows) await reconcile(row);
  });`,
      ],
      ['inFanIn, inSpan, startFanIn', 'inSpan, linkFromCarrier'],
    ],
    'child-of-source': [
      [
        FAN_IN,
        `  const links = rows.map((row) => linkFromCarrier(row.traceContext)).filter((link) => link !== undefined);
  const attributes = { 'batch.size': rows.length };
  const parent = propagation.extract(ROOT_CONTEXT, rows[0]?.traceContext);
  await inSpan(
    batch,
    'process-batch',
    { links, attributes },
    async () => {
      for (const row of rows) await reconcile(row);
    },
    parent,
  );`,
      ],
      [
        'import { inFanIn, inSpan, startFanIn }',
        "import { propagation, ROOT_CONTEXT } from '@opentelemetry/api';\nimport { inSpan, linkFromCarrier }",
      ],
    ],
    'batch-died': [
      [
        '  const sources =',
        `  for (const row of rows) {
    if (parseCarrier(row.traceContext).verdict !== 'ok') throw new TypeError(\`\${row.id} has no carrier\`);
  }
  const sources =`,
      ],
      ['inFanIn, inSpan,', 'inFanIn, inSpan, parseCarrier,'],
    ],
    'unsampled-skipped': [
      [
        FAN_IN,
        `  const links = rows
    .map((row) => linkFromCarrier(row.traceContext))
    .filter((link) => link !== undefined && link.context.traceFlags === 1)
    .filter((link) => link !== undefined);
  const attributes = { 'batch.size': rows.length };
  await inSpan(batch, 'process-batch', { root: true, links, attributes }, async () => {
    for (const row of rows) await reconcile(row);
  });`,
      ],
      ['inFanIn, inSpan, startFanIn', 'inSpan, linkFromCarrier'],
    ],
    'orders-lost': [
      [
        'for (const row of rows) await reconcile(row);',
        'for (const row of rows) if (linkFromCarrier(row.traceContext)) await reconcile(row);',
      ],
      ['inFanIn, inSpan,', 'inFanIn, inSpan, linkFromCarrier,'],
    ],
  },
  '3-fan-out': {
    children: [
      [
        '  const outcomes = await inSpan',
        `  const branch = (name: string, run: () => Promise<string>) => inSpan(orders, name, {}, run);
  await inSpan`,
      ],
      [
        FAN_OUT,
        `    Promise.allSettled([
      branch('reserve-stock', () => work.reserveStock(order)),
      branch('authorize-payment', () => work.authorizePayment(order)),
      branch('notify-customer', () => work.notifyCustomer(order)),
      branch('score-risk', () => work.scoreRisk(order)),
    ]),`,
      ],
      [JOIN, ''],
      ['fanOut, inFanIn, inSpan, startJoin', 'inSpan'],
    ],
    'no-link-back': [
      ['fanOut(orders, [', 'context.with(ROOT_CONTEXT, () => fanOut(orders, ['],
      ['    ]),\n  );', '    ])),\n  );'],
      ['{ SpanKind }', '{ context, ROOT_CONTEXT, SpanKind }'],
    ],
    'wrong-initiator': [
      ['    fanOut(orders, [', "    inSpan(orders, 'plan-shipment', {}, () => fanOut(orders, ["],
      ['    ]),\n  );', '    ])),\n  );'],
    ],
    sequential: [['    ]),\n  );', '    ], { concurrency: 1 }),\n  );']],
    'branch-lost': [["      { name: 'notify-customer', run: () => work.notifyCustomer(order) },\n", '']],
    'error-hidden': [
      [
        '() => work.authorizePayment(order) },',
        "() => work.authorizePayment(order).catch(() => 'refused') },",
      ],
    ],
    'no-join': [
      [JOIN, ''],
      ['fanOut, inFanIn, inSpan, startJoin', 'fanOut, inSpan'],
      ['const outcomes = await', 'await'],
    ],
    'failed-branch-unlinked': [
      ['outcomes), async', "outcomes.filter(({ status }) => status === 'fulfilled')), async"],
    ],
    'join-unlinked': [
      [
        "inFanIn(startJoin(orders, 'complete-order', outcomes), async",
        "inSpan(orders, 'complete-order', { root: true, attributes: { outcomes: outcomes.length } }, async",
      ],
      ['fanOut, inFanIn, inSpan, startJoin', 'fanOut, inSpan'],
    ],
    'join-is-child': [
      [
        '    ]),\n  );',
        `    ]).then((settled) => {
      const links = settled.flatMap(({ spanContext }) => (spanContext ? [{ context: spanContext }] : []));
      return inSpan(orders, 'complete-order', { links }, () => settled);
    }),
  );`,
      ],
      [JOIN, ''],
      ['fanOut, inFanIn, inSpan, startJoin', 'fanOut, inSpan'],
      ['const outcomes = await', 'await'],
    ],
    'failure-spreads': [
      [
        '    // The decision about the order, from the outcomes.',
        "    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;",
      ],
    ],
  },
  '4-messages': {
    'no-producer': [["await sendJob(broker, 'orders', order);", "await broker.send('orders', order);"]],
    'no-producer/invoices': [
      ["await sendJob(broker, 'invoices', order);", "await broker.send('invoices', order);"],
    ],
    'links-to-request': [
      ['import { inSpan }', 'import { captureTraceContext, inSpan, sendMessage }'],
      [
        "await sendJob(broker, 'orders', order);",
        "const traceContext = captureTraceContext();\n    await sendMessage({ system: 'pg-boss', destination: 'orders' }, () => broker.send('orders', { ...order, traceContext }));",
      ],
    ],
    'no-link': [
      ['import { inSpan }', 'import { inSpan, sendMessage }'],
      [
        "await sendJob(broker, 'orders', order);",
        "await sendMessage({ system: 'pg-boss', destination: 'orders' }, () => broker.send('orders', order));",
      ],
    ],
    'no-consumer': [['  @HandlesMessage(orders)\n', '']],
    'parent-child': [
      ["pgBossConsumer<OrderJob>('orders')", "pgBossConsumer<OrderJob>('orders', { parent: 'producer' })"],
    ],
    'span-per-message': [
      [
        'await invoices.batch(jobs, (job) => this.warehouse.invoice(job.data));',
        'for (const job of jobs) await invoices.one(job, () => this.warehouse.invoice(job.data));',
      ],
    ],
    'no-batch': [
      [
        'await invoices.batch(jobs, (job) => this.warehouse.invoice(job.data));',
        'for (const job of jobs) await this.warehouse.invoice(job.data);',
      ],
    ],
    'batch-links-missing': [
      [
        'await invoices.batch(jobs, (job) => this.warehouse.invoice(job.data));',
        'await invoices.batch(jobs.slice(0, 1), async () => {\n      for (const job of jobs) await this.warehouse.invoice(job.data);\n    });',
      ],
    ],
    'message-lost': [['await invoices.batch(jobs, (job)', 'await invoices.batch(jobs.slice(1), (job)']],
  },
  '5-retries': {
    'swallowed-error': [['        throw error;\n', '']],
    'failure-hidden': [
      ['  await orders.one(\n', '  let failure: unknown;\n  await orders.one(\n'],
      ['        throw error;\n', '        failure = error;\n'],
      [
        '    delivery,\n  );\n}\n\n/** Gets the messages that failed',
        '    delivery,\n  );\n  if (failure) throw failure;\n}\n\n/** Gets the messages that failed',
      ],
    ],
    'no-previous': [
      [
        '    delivery,\n  );\n}\n\n/** Gets the messages that failed',
        '  );\n}\n\n/** Gets the messages that failed',
      ],
    ],
    'started-outside': [
      ['      await inbox.started(delivery);\n', ''],
      ['  await orders.one(\n', '  await inbox.started(delivery);\n  await orders.one(\n'],
    ],
    'never-started': [['      await inbox.started(delivery);\n', '']],
    'no-origin': [
      [
        "pgBossConsumer<OrderJob>('orders')",
        "pgBossConsumer<OrderJob>('orders', { headers: () => undefined })",
      ],
    ],
    'attempt-is-child': [
      ["pgBossConsumer<OrderJob>('orders')", "pgBossConsumer<OrderJob>('orders', { parent: 'producer' })"],
    ],
    'wrong-attempt': [
      [
        '    delivery,\n  );\n}\n\n/** Gets the messages that failed',
        '    { ...delivery, attempt: 1 },\n  );\n}\n\n/** Gets the messages that failed',
      ],
    ],
    'dead-letter-untraced': [
      [
        '  await deadLetters.one(\n    job,\n    async () => {\n      await warehouse.report(job.data);\n    },\n    delivery,\n  );',
        '  if (!delivery.isDone) await warehouse.report(job.data);',
      ],
    ],
    'dead-letter-no-attempt': [['inbox.receive(job.sourceId ?? job.id)', 'inbox.receive(job.id)']],
    'dead-letter-no-origin': [
      [
        "pgBossConsumer<OrderJob>('orders.dead')",
        "pgBossConsumer<OrderJob>('orders.dead', { headers: () => undefined })",
      ],
    ],
  },
  '6-production': {
    'sampled-away': [
      ['new LinkSampler({ fallback })', 'fallback'],
      ["import { LinkSampler } from '@span-links/tracing/sampler';\n", ''],
    ],
    'queue-full': [
      ["linkSafeProcessor(exporter, { journal: 'off', log: () => {} })", 'new BatchSpanProcessor(exporter)'],
      ["import { linkSafeProcessor } from '@span-links/tracing/sdk';\n", ''],
      ['import {\n  ParentBasedSampler,', 'import {\n  BatchSpanProcessor,\n  ParentBasedSampler,'],
    ],
    'backend-down': [
      [
        "linkSafeProcessor(exporter, { journal: 'off', log: () => {} })",
        'new BatchSpanProcessor(exporter, { maxQueueSize: 20_000 })',
      ],
      ["import { linkSafeProcessor } from '@span-links/tracing/sdk';\n", ''],
      ['import {\n  ParentBasedSampler,', 'import {\n  BatchSpanProcessor,\n  ParentBasedSampler,'],
    ],
    'links-dropped': [
      [
        PARTS,
        `  const links = rows.map((row) => linkFromCarrier(row.traceContext)).filter((link) => link !== undefined);
  inSpan(batch, 'process-batch', { root: true, links }, () => rows.forEach(reconcile));
`,
      ],
      ['inSpan, startFanIn', 'inSpan, linkFromCarrier'],
      ["import { context } from '@opentelemetry/api';\n", ''],
    ],
    'links-missing': [['const sources = rows.map(', 'const sources = rows.slice(0, 128).map(']],
    'no-batch': [
      [PARTS, '  rows.forEach(reconcile);\n'],
      ['inSpan, startFanIn', 'inSpan'],
      ["import { context } from '@opentelemetry/api';\n", ''],
    ],
    'wrong-waiting': [["'order-7315', ", '']],
    'wrong-batch': [["'batch-b17'", "'batch-c42'"]],
    'wrong-reason': [["'malformed'", "'missing'"]],
  },
};
