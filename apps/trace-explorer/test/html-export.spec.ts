import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';
import { openTestExplorer, type TestExplorer } from './test-explorer.ts';

let explorer: TestExplorer;
beforeAll(async () => {
  explorer = await openTestExplorer();
});
afterAll(() => explorer.close());

const page = (parameters: string) => fetch(`${explorer.url}/api/v1/export/html?${parameters}`);
const send = async (spans: readonly unknown[]) => {
  expect((await postJson(explorer.url, requestOf(spans))).status).toBe(200);
};

describe('a trace as an HTML file', () => {
  it('is saved and never runs anything, even if a browser shows it in place', async () => {
    const value = { stringValue: `"><script>alert('x')</script>\u0000\u202e` };
    await send([spanOf(traceIdOf(1), spanIdOf(1), { attributes: [{ key: 'note', value }] })]);
    const answer = await page(`trace=${traceIdOf(1)}`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-disposition')).toBe(
      `attachment; filename="trace-${traceIdOf(1)}.html"`,
    );
    expect(answer.headers.get('content-security-policy')).toContain("sandbox; default-src 'none'");
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff');
    const text = await answer.text();
    expect(text).not.toContain('<script');
    expect(text).toContain('<dd>&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;');
    expect(text).not.toMatch(/[\u0000\u202e]/);
  });

  it('has the spans below their parents, and the spans of a circle', async () => {
    const child = (id: number, parent: number, name: string) =>
      spanOf(traceIdOf(2), spanIdOf(id), { parentSpanId: spanIdOf(parent), name });
    await send([
      child(1, 9, 'late-parent'),
      child(2, 4, 'grandchild'),
      spanOf(traceIdOf(2), spanIdOf(3), { name: 'root' }),
      child(4, 3, 'child'),
      child(5, 6, 'circle-a'),
      child(6, 5, 'circle-b'),
    ]);
    const text = await (await page(`trace=${traceIdOf(2)}`)).text();
    const rows = [...text.matchAll(/padding-inline-start:([\d.]+)rem">(\S+)/g)].map(
      ([, at, name]) => `${name} ${at}`,
    );
    expect(rows).toEqual([
      'late-parent 0',
      'root 0',
      'child 0.75',
      'grandchild 1.5',
      'circle-a 0',
      'circle-b 0.75',
    ]);
  });

  it('contains 5,000 spans, and reports if there are more', async () => {
    const spans = Array.from({ length: 5_001 }, (_, n) => spanOf(traceIdOf(3), spanIdOf(n + 1)));
    await send(spans.slice(0, 5_000));
    const whole = await (await page(`trace=${traceIdOf(3)}`)).text();
    expect(whole.match(/<details/g)).toHaveLength(5_000);
    expect(whole).not.toContain('This file holds the first');
    await send(spans.slice(5_000));
    const cut = await (await page(`trace=${traceIdOf(3)}`)).text();
    expect(cut.match(/<details/g)).toHaveLength(5_000);
    expect(cut).toContain('This file holds the first 5,000 spans.');
  });

  it('is refused with a reason if the address names a missing trace', async () => {
    const known = traceIdOf(1);
    for (const [parameters, status, detail] of [
      ['', 400, 'Name either a trace or a journey.'],
      [`trace=${known}&journey=${known}`, 400, 'Name either a trace or a journey.'],
      ['trace=42', 400, 'A trace ID has 32 hex digits.'],
      [`trace=${traceIdOf(99)}`, 404, 'There is no trace with this ID here.'],
      [`journey=${traceIdOf(99)}`, 404, 'There is no journey with this ID here.'],
    ] as const) {
      const answer = await page(parameters);
      expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([status, detail]);
    }
  });
});
