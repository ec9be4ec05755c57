import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { recordSpans } from '../../src/testing/index.ts';
import { compileDocuments, DOCUMENT_NAMES, DOCUMENTS, type DocumentName } from './code-blocks.ts';

const spans = recordSpans({ beforeEach, afterAll });

let compiled: ReturnType<typeof compileDocuments>;
beforeAll(() => {
  compiled = compileDocuments();
});

type Parts = Readonly<Record<string, (...given: unknown[]) => Promise<void>>>;
const partsOf = async (name: DocumentName) => (await import(compiled.modules[name])) as Parts;

it('the code blocks of the documents compile', () => {
  expect(compiled.errors).toEqual([]);
});

/** Names of spans that the blocks of a document make. */
const SPANS: Readonly<Partial<Record<DocumentName, readonly string[]>>> = {
  README: [
    'process-batch',
    'complete-fan-out',
    'reserve-stock',
    'send orders',
    'process orders',
    'invoice-order',
  ],
  amqplib: ['send orders', 'process orders'],
  bullmq: ['send orders', 'process orders'],
  kafka: ['send orders', 'process orders', 'invoice-order'],
  nats: ['send orders', 'process orders'],
  'pg-boss': ['send orders', 'process orders', 'process invoices', 'invoice-order'],
  sqs: ['send orders', 'process orders'],
};

it.each(DOCUMENT_NAMES.filter((name) => name !== 'inbox'))('the code blocks of %s run', async (name) => {
  for (const part of Object.values(await partsOf(name))) {
    // Others are parts of a block, which the template calls.
    if (typeof part === 'function' && part.length === 0) await part();
  }
  const made = new Set(spans.all.map((span) => span.name));
  expect([...made]).toEqual(expect.arrayContaining([...(SPANS[name] ?? [])]));
});

it(`the code block of ${DOCUMENTS.inbox} handles a message once`, async () => {
  const { twice } = await partsOf('inbox');
  const server = await startPostgresServer();
  const pool = new pg.Pool({ connectionString: server.url(), max: 3 });
  try {
    await twice?.(pool);
    const processed = spans.named('process orders');
    expect(processed.map((span) => span.attributes['spanlinks.duplicate'])).toEqual([undefined, true]);
  } finally {
    await pool.end();
    await server.destroy();
  }
});
