import type { Attribute, Span } from '@span-links/otlp';
import fc from 'fast-check';
import pg from 'pg';
import { expect, test } from 'vitest';
import { FilterRebuild } from '../src/filter/filter-rebuild.ts';
import { openTraceStore } from '../src/index.ts';
import { askedHashes } from '../src/read/asked-hashes.ts';
import { equalDocuments } from '../src/read/attribute-condition.ts';
import { candidateBlocks } from '../src/read/candidate-blocks.ts';
import { newTestDatabaseUrl, openTestStore } from '../src/testing.ts';
import { storableText } from '../src/write/storable-text.ts';
import { request, span, spanId, traceId } from './requests.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 5 }),
  fc.constantFrom(
    '',
    '\0',
    '\ud800',
    '\udfff😀',
    '__proto__',
    'NaN',
    'true',
    '42',
    '42.0',
    '-0',
    '1e3',
    '1000',
    'AQI=',
  ),
  fc.nat(3).map((n) => `${'é'.repeat(255)}😀${n}`),
);
const scalar: fc.Arbitrary<Attribute['value']> = fc.oneof(
  text,
  fc.boolean(),
  fc.constantFrom(
    42,
    42n,
    0,
    -0,
    0.1,
    NaN,
    Infinity,
    1_000n,
    5e-324,
    1.7976931348623157e308,
    2 ** 63,
    2n ** 63n - 1n,
  ),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double(),
  fc.uint8Array({ maxLength: 3 }),
  fc.constant(null),
);
const key = fc.oneof(fc.constantFrom('a', 'b', 'order.id', '__proto__'), text);
const value: fc.Arbitrary<Attribute['value']> = fc.oneof(
  { weight: 6, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(fc.oneof(text, fc.boolean()), { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.record({ pairs: fc.array(fc.record({ key, value: text }), { maxLength: 2 }) }) },
);
const spans = fc.array(fc.array(fc.record({ key, value }), { maxLength: 4 }), {
  minLength: 1,
  maxLength: 40,
  size: 'max',
});

/** The texts that a user may type to find it. */
function spellings(sent: Attribute['value']): string[] {
  if (typeof sent === 'number' || typeof sent === 'bigint')
    return [String(sent), `${String(sent)}.0`, Number(sent).toExponential()];
  if (sent instanceof Uint8Array) return [Buffer.from(sent).toString('base64')];
  return typeof sent === 'object' ? ['x'] : [String(sent)];
}

test('a block may have every span that @> finds, in both the sealed and the rebuilt filter', async () => {
  await fc.assert(
    fc.asyncProperty(
      spans,
      fc.array(fc.record({ key, value: text }), { maxLength: 5 }),
      async (all, others) => {
        const url = await newTestDatabaseUrl();
        const store = await openTraceStore({ url });
        const sent = all.map((attributes, n): Span =>
          span({ traceId: traceId(n), spanId: spanId(n), attributes }),
        );
        await store.writer.write(request(sent));
        await store.close();
        const pool = new pg.Pool({ connectionString: url, options: '-c search_path=trace_explorer' });
        try {
          const asked = [
            ...all
              .flat()
              .flatMap((one) => spellings(one.value).map((typed) => ({ key: one.key, value: typed }))),
            ...others,
          ];
          const check = async (): Promise<void> => {
            for (const one of asked) {
              const { rows } = await pool.query<{ found: boolean }>(
                'SELECT EXISTS (SELECT FROM spans WHERE attributes @> ANY ($1::jsonb[])) AS found',
                [equalDocuments(one.key, one.value)],
              );
              const term = {
                field: 'attribute',
                operator: '=',
                key: one.key,
                values: [one.value],
                from: 0,
                to: 1,
              } as const;
              const filter = { asked: askedHashes(term), condition: () => 'true' };
              const blocks = await candidateBlocks(pool, [filter], undefined, []);
              if (rows[0]!.found)
                expect(blocks, JSON.stringify([storableText(one.key), one.value])).toHaveLength(1);
            }
          };
          await check();
          await pool.query("UPDATE span_blocks SET filter = NULL, taken_at = now() - interval '2 hours'");
          const rebuild = new FilterRebuild(pool, () => undefined);
          await rebuild.run();
          expect(await rebuild.run()).toBe(1);
          await check();
        } finally {
          await pool.end();
        }
      },
    ),
    { numRuns: 25, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
  );
}, 150_000);

test('each attribute of a span finds it, for any order, batches and repetitions', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(
        Array.from({ length: 300 }, (_, n) => n),
        { minLength: 300 },
      ),
      fc.array(fc.integer({ min: 1, max: 90 }), { minLength: 5, maxLength: 20 }),
      fc.array(fc.nat(299), { maxLength: 60 }),
      async (order, cuts, again) => {
        const store = await openTestStore();
        const of = (n: number): Span =>
          span({
            traceId: traceId(n >> 2),
            spanId: spanId(n),
            attributes: [
              { key: 'n', value: BigInt(n) },
              { key: 'third', value: String(n % 3) },
            ],
          });
        const sent = [...order, ...again];
        const batches: Span[][] = [];
        for (let at = 0; at < sent.length;) {
          const size = cuts[batches.length % cuts.length]!;
          batches.push(sent.slice(at, at + size).map(of));
          at += size;
        }
        await Promise.all(batches.map((batch) => store.writer.write(request(batch))));
        const searched = async (name: string, typed: string): Promise<number> => {
          const terms = [
            { field: 'attribute', key: name, operator: '=', values: [typed], from: 0, to: 1 } as const,
          ];
          return (await store.reader.searchSpans({ terms }, { limit: 200 })).spans.length;
        };
        for (const n of order.slice(0, 20)) expect(await searched('n', String(n))).toBe(1);
        expect(await searched('third', '1')).toBe(100);
        expect(await searched('n', '300')).toBe(0);
        await store.close();
      },
    ),
    { numRuns: 15, interruptAfterTimeLimit: 100_000, markInterruptAsFailure: true },
  );
}, 150_000);
