import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { BrokerMissingError, findBroker, hasBroker, startBroker } from '../src/index.ts';

const empty = mkdtempSync(join(tmpdir(), 'no-brokers-'));

describe('a broker that is not installed', () => {
  afterEach(() => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
  });

  it('is reported with the missing file and how to install it', async () => {
    vi.stubEnv('SPAN_LINKS_BROKERS', empty);
    const sentence =
      /^kafka is not installed: .* not found; run \.ci\/install-brokers, or install Java 17 and Maven/;
    expect(() => findBroker('kafka')).toThrow(sentence);
    await expect(startBroker('kafka')).rejects.toThrow(BrokerMissingError);
  });

  it('skips its tests with one line', () => {
    vi.stubEnv('SPAN_LINKS_BROKERS', empty);
    vi.stubEnv('BROKERS_REQUIRED', undefined);
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    expect(hasBroker('kafka')).toBe(false);
    expect(write).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^skipped: kafka is not installed: [^\n]*\n$/),
    );
  });

  it('fails its tests if brokers are required', () => {
    vi.stubEnv('SPAN_LINKS_BROKERS', empty);
    vi.stubEnv('BROKERS_REQUIRED', 'true');
    expect(() => hasBroker('kafka')).toThrow(BrokerMissingError);
  });
});
