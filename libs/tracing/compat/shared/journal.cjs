'use strict';
const assert = require('node:assert/strict');
const { spawnSync } = require('node:child_process');
const { mkdtempSync, readdirSync, rmSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { join } = require('node:path');

/** The processor of the library before an exporter of the user's own, in processes that are killed. */
exports.journalScenarios = ({ test, app }) => {
  test('what a killed process leaves is sent by the next one', () => {
    const journal = mkdtempSync(join(tmpdir(), 'span-links-compat-'));
    const run = (how) => {
      const { stdout, stderr, signal } = spawnSync(process.execPath, [app, how], {
        cwd: join(__dirname, '..'),
        encoding: 'utf8',
        env: { ...process.env, NODE_TEST_CONTEXT: undefined, SPAN_LINKS_JOURNAL: journal },
      });
      return { spans: stdout.split('\n').filter(Boolean).map(JSON.parse), stderr, signal };
    };
    const killed = run('die');
    assert.equal(killed.signal, 'SIGKILL', killed.stderr);
    assert.deepEqual(killed.spans, []);
    const { spans, stderr } = run('live');
    assert.deepEqual(
      spans,
      [
        { name: 'ended', links: 2, status: { code: 0 }, service: 'compat' },
        { name: 'running', links: 1, status: { code: 2, message: 'interrupted' }, service: 'compat' },
      ],
      stderr,
    );
    assert.deepEqual(readdirSync(join(journal, 'spans')), []);
    rmSync(journal, { recursive: true });
  });
};

/** What such a process does: `die` in the middle of its work, or `live`. */
exports.runJournalApp = async ({ linkSafeProcessor }) => {
  const { TracerProvider } = require('./sdk.cjs');
  const { resourceFromAttributes } = require('@opentelemetry/resources');
  const dies = process.argv[2] === 'die';
  const exporter = {
    export(spans, done) {
      for (const { name, links, status, resource } of spans) {
        const service = resource.attributes['service.name'];
        console.log(JSON.stringify({ name, links: links.length, status, service }));
      }
      done({ code: 0 });
    },
    shutdown: async () => {},
  };
  const processor = linkSafeProcessor(exporter);
  const resource = resourceFromAttributes({ 'service.name': 'compat' });
  const tracer = new TracerProvider({ resource, spanProcessors: [processor] }).getTracer('compat');
  if (dies) {
    const link = {
      context: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1, isRemote: true },
    };
    tracer
      .startSpan('ended', { links: [link] })
      .addLink(link)
      .end();
    tracer.startSpan('running', { links: [link] });
    process.kill(process.pid, 'SIGKILL');
  }
  await processor.shutdown();
};
