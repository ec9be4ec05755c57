import { expect as jestExpect } from 'expect';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { recordSpans } from '../../src/testing/index.ts';
import '../../src/testing/vitest.ts';

const spans = recordSpans({ beforeEach, afterAll });

afterEach(() => {
  vi.unstubAllGlobals();
  vi.resetModules();
});

describe('the entry points of the test runners', () => {
  it("adds the matchers and their types to Vitest's expect and to Jest's", async () => {
    vi.stubGlobal('expect', jestExpect);
    await import('../../src/testing/jest.ts');
    const source = spans.tracer.startSpan('receive-order');
    source.end();
    spans.tracer.startSpan('process-batch', { links: [{ context: source.spanContext() }] }).end();
    const batch = spans.only('process-batch');
    expect(batch).toLinkTo(source);
    expect(batch).not.toLinkToAll([batch]);
    jestExpect(batch).toLinkTo(source);
    jestExpect(batch).not.toLinkToAll([batch]);
    await expect(spans.ended('process-batch')).resolves.toBeRootSpan();
    await jestExpect(spans.ended('process-batch')).resolves.toBeRootSpan();
  });

  it('says where to list the entry point of Jest if Jest is not there', async () => {
    vi.stubGlobal('expect', undefined);
    await expect(import('../../src/testing/jest.ts')).rejects.toThrow(/setupFilesAfterEnv/);
  });
});
