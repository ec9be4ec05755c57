'use strict';
const assert = require('node:assert/strict');
const { spawn } = require('node:child_process');
const { createServer } = require('node:http');
const { join } = require('node:path');

/**
 * Starts an application with the given flags and reads what it exports: real OTLP over HTTP, in JSON so that this file needs no
 * decoder.
 */
async function exportedBy(flags, app) {
  const spans = [];
  const server = createServer((request, response) => {
    const chunks = [];
    request.on('data', (chunk) => chunks.push(chunk));
    request.on('end', () => {
      const { resourceSpans } = JSON.parse(Buffer.concat(chunks).toString());
      spans.push(...resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)));
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const child = spawn(process.execPath, [...flags, app], {
    cwd: join(__dirname, '..'),
    stdio: ['ignore', 'inherit', 'pipe'],
    env: {
      ...process.env,
      NODE_TEST_CONTEXT: undefined,
      OTEL_SERVICE_NAME: 'compat',
      SPAN_LINKS_JOURNAL: 'off',
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${server.address().port}`,
    },
  });
  let said = '';
  child.stderr.on('data', (text) => (said += text));
  const code = await new Promise((resolve) => child.on('close', resolve));
  server.close();
  assert.equal(code, 0, said);
  return { spans, said };
}

/** The start-up of the library, and the application's helpers, in one process. */
exports.startScenarios = ({ test, flags, app }) => {
  test('an application started with the library exports its spans, links included', async () => {
    const { spans, said } = await exportedBy(flags, app);
    assert.match(said, /tracing: compat to /);
    const batch = spans.find(({ name }) => name === 'process-batch');
    const sources = spans.filter(({ name }) => name === 'receive-order');
    assert.deepEqual(
      batch?.links.map(({ spanId }) => spanId),
      sources.map(({ spanId }) => spanId),
      said,
    );
    assert.equal(sources.length, 3);
  });
};
