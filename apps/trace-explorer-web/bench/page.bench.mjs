// What a reader waits for: from the click to the painted rows of 10,000 journeys, of a journey of 50 traces, of a trace of 10,000 spans and of a
// tab of 10,000 links, and what a first
// visit transfers. Everything is real: the built page, the built explorer, Postgres, a browser, all on this machine's cores; each round is
// a browser that has never been here. Run it with `npx nx run trace-explorer-web:bench`.
//
// Options: --rounds 5 (their median counts), --size 10000 (spans, and links). CHROME_PATH names another browser than the one of npm.
import os from 'node:os';
import { parseArgs } from 'node:util';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { AppUnderTest } from '@span-links/service-shell/testing';
import packed from '@sparticuz/chromium';
import { chromium } from 'playwright-core';

const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, size: { type: 'string', default: '10000' } },
});
const rounds = Number(values.rounds);
const size = Number(values.size);
const TARGETS = { journeysMs: 500, journeyMs: 700, traceMs: 1_000, linksMs: 500, firstLoadKb: 200 };
const ROWS_PAINTED = 10;
// As a page shows them once it is drawn.
const SPAN_ROWS = '[role=treegrid] [data-trace-row]';
const JOURNEY_ROWS = '[data-journey]';
const STEP_ROWS = '[aria-label="Waterfall of the journey"] a';
const LINK_ROWS = '[role=grid][aria-label="Links to"] [role=row] a';

const idOf = (n, digits) => `b${n.toString(16).padStart(digits - 1, '0')}`;
const BEGIN_NS = BigInt(Date.now() - 600_000) * 1_000_000n;
const LONG = idOf(1, 32);
const FAN_IN = idOf(2, 32);
const FAN_OUT = idOf(3, 32);
const STEPS = 50;

async function main() {
  const { version, platform } = process;
  console.log(`Node.js ${version}, ${platform}, ${os.cpus().length} × ${os.cpus()[0]?.model}`);
  const postgres = await startPostgresServer();
  const app = new AppUnderTest({
    main: new URL('../../trace-explorer/dist/main.js', import.meta.url),
    env: { EXPLORER_PORT: '0', EXPLORER_DATABASE_URL: await postgres.createDatabase('bench') },
  });
  const browser = await chromium.launch({
    executablePath: process.env.CHROME_PATH ?? (await packed.executablePath()),
    args: ['--disable-dev-shm-usage'],
  });
  try {
    const url = await app.ready();
    await feed(url);
    console.log(
      `${browser.browserType().name()} ${browser.version()}, ${rounds} rounds, ${size} spans and links`,
    );
    console.table([
      await clicks(`list of ${size} journeys, from its tab`, TARGETS.journeysMs, () =>
        openJourneys(browser, url),
      ),
      await clicks(`journey of ${STEPS} traces, from the list`, TARGETS.journeyMs, () =>
        openJourney(browser, url),
      ),
      await clicks(`trace of ${size} spans, from the list`, TARGETS.traceMs, () => openTrace(browser, url)),
      await clicks(`tab of ${size} links, from the badge`, TARGETS.linksMs, () => openLinks(browser, url)),
    ]);
    console.table(await transfers(browser, url));
  } finally {
    await browser.close();
    await app.stop();
    await postgres.destroy();
  }
}

async function clicks(what, target, once) {
  // The first one warms the server; a reader's explorer has been running for a while.
  await once();
  const times = [];
  for (let round = 0; round < rounds; round++) times.push(Math.round(await once()));
  const median = times.toSorted((a, b) => a - b)[Math.floor(rounds / 2)];
  return { 'click to painted': what, 'median ms': median, 'all ms': times.join(' '), 'target ms': target };
}

async function openJourneys(browser, url) {
  return withPage(browser, async (page) => {
    await page.goto(`${url}/traces`);
    await page.locator('[data-row]').first().waitFor();
    return paintedAfterClick(page, page.getByRole('link', { name: 'Journeys', exact: true }), JOURNEY_ROWS);
  });
}

async function openJourney(browser, url) {
  return withPage(browser, async (page) => {
    await page.goto(`${url}/?q=trace%3D${FAN_OUT}`);
    return paintedAfterClick(page, page.locator('[data-row]').first(), STEP_ROWS, STEPS - 10);
  });
}

async function openTrace(browser, url) {
  return withPage(browser, async (page) => {
    await page.goto(`${url}/traces?q=trace%3D${LONG}`);
    return paintedAfterClick(page, page.locator('[data-row]').first(), SPAN_ROWS);
  });
}

async function openLinks(browser, url) {
  return withPage(browser, async (page) => {
    await page.goto(`${url}/trace/${FAN_IN}`);
    return paintedAfterClick(page, page.getByRole('button', { name: /open the Links tab/ }), LINK_ROWS);
  });
}

async function withPage(browser, use) {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  try {
    return await use(await context.newPage());
  } finally {
    await context.close();
  }
}

/** From the input event until the frame with the rows is on the screen. */
async function paintedAfterClick(page, target, rows, count = ROWS_PAINTED) {
  await target.waitFor();
  await page.evaluate(
    ([selector, count]) => {
      window.painted = new Promise((resolve) => {
        const onClick = ({ timeStamp }) => {
          const look = () => {
            const isThere = document.querySelectorAll(selector).length >= count;
            // A task that a frame's callback posts runs once the frame is painted.
            if (isThere)
              requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - timeStamp)));
            else requestAnimationFrame(look);
          };
          look();
        };
        addEventListener('click', onClick, { capture: true, once: true });
      });
    },
    [rows, count],
  );
  await target.click();
  return page.evaluate(() => window.painted);
}

/** Bytes over the wire of the page's own files, headers included; what the API answers depends on what is stored. */
async function transfers(browser, url) {
  const visits = [
    ['the journeys, first visit', '/', '[data-row]'],
    ['the trace list, first visit', '/traces', '[data-row]'],
    ['a trace, first visit', `/trace/${FAN_IN}`, '[data-trace-row]'],
    ['a links tab, first visit', `/trace/${FAN_IN}?spanId=${idOf(2, 16)}&tab=links`, LINK_ROWS],
    ['a link graph, first visit', `/trace/${FAN_IN}?view=graph`, '[data-mark]'],
  ];
  const table = [];
  for (const [what, path, drawn] of visits) {
    const { bytes, files } = await transferOf(browser, url, path, drawn);
    table.push({
      transferred: what,
      files,
      'kB (gzip)': Math.round(bytes / 100) / 10,
      'target kB': TARGETS.firstLoadKb,
    });
  }
  return table;
}

async function transferOf(browser, url, path, drawn) {
  return withPage(browser, async (page) => {
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    const own = new Set();
    let bytes = 0;
    session.on('Network.requestWillBeSent', ({ requestId, request }) => {
      if (!new URL(request.url).pathname.startsWith('/api/')) own.add(requestId);
    });
    session.on('Network.loadingFinished', ({ requestId, encodedDataLength }) => {
      if (own.has(requestId)) bytes += encodedDataLength;
    });
    await page.goto(url + path, { waitUntil: 'load' });
    await page.locator(drawn).first().waitFor();
    return { bytes, files: own.size };
  });
}

async function feed(url) {
  const children = Array.from({ length: size - 1 }, (_, n) => {
    const parent = n % 100 === 0 ? idOf(1, 16) : idOf(100 + n - (n % 100), 16);
    return spanOf(LONG, idOf(100 + n, 16), n, { parentSpanId: parent, name: `step ${n % 20}` });
  });
  await send(url, [spanOf(LONG, idOf(1, 16), 0, { name: 'long work' }), ...children]);
  const sources = Array.from({ length: size }, (_, n) => ({
    traceId: idOf(1_000_000 + n, 32),
    spanId: idOf(1_000_000 + n, 16),
  }));
  await send(
    url,
    sources.map(({ traceId, spanId }, n) => spanOf(traceId, spanId, n, { name: 'receive-order' })),
  );
  const links = sources.map((source) => ({ ...source, flags: 257 }));
  await send(url, [spanOf(FAN_IN, idOf(2, 16), size, { name: 'process-batch', links })]);
  const steps = Array.from({ length: STEPS - 1 }, (_, n) =>
    spanOf(idOf(10_000_000 + n, 32), idOf(10_000_000 + n, 16), size + 100 + n * 7, {
      name: `branch ${n}`,
      links: [{ traceId: FAN_OUT, spanId: idOf(3, 16), flags: 257 }],
    }),
  );
  await send(url, [spanOf(FAN_OUT, idOf(3, 16), size, { name: 'POST /quotes', kind: 2 }), ...steps]);
  await journeysKept(url);
}

/** Waits until the journeys of all sources are computed. */
async function journeysKept(url) {
  for (;;) {
    const [batch, quote] = await Promise.all(
      [FAN_IN, FAN_OUT].map(async (id) => (await fetch(`${url}/api/v1/traces/${id}`)).json()),
    );
    if (batch.journey?.memberOf === size && quote.journey !== null) return;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
}

function spanOf(traceId, spanId, startMs, more) {
  const start = BEGIN_NS + BigInt(startMs) * 1_000_000n;
  const end = start + 90_000_000n;
  return { traceId, spanId, kind: 1, startTimeUnixNano: `${start}`, endTimeUnixNano: `${end}`, ...more };
}

async function send(url, spans) {
  const attributes = [{ key: 'service.name', value: { stringValue: 'bench' } }];
  const response = await fetch(`${url}/v1/traces`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      resourceSpans: [{ resource: { attributes }, scopeSpans: [{ scope: { name: 'bench' }, spans }] }],
    }),
  });
  if (!response.ok) throw new Error(`${response.status}: ${await response.text()}`);
}

await main();
