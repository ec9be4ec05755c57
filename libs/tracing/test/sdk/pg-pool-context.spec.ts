import { expect, it } from 'vitest';
import { runFixture } from './run-fixture.ts';

it.each(['pg', 'pg,http'])(
  'a request that waits for a connection gets it in its own context (%s)',
  async (names) => {
    const env = {
      OTEL_NODE_ENABLED_INSTRUMENTATIONS: names,
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1',
    };
    expect(JSON.parse(await runFixture('pool.mjs', { env }).ready)).toEqual(['one', 'two', 'three']);
  },
);
