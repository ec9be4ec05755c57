import { expect, it } from 'vitest';
import { prometheusText } from './prometheus-text.ts';

it('writes help, type and samples, with escaped labels', () => {
  const samples = [{ value: 1 }, { labels: { reason: 'a "b"\\\n', status: 200 }, value: 2.5 }];
  expect(prometheusText([{ name: 'x_total', type: 'counter', help: 'What x is.', samples }])).toBe(
    '# HELP x_total What x is.\n# TYPE x_total counter\nx_total 1\nx_total{reason="a \\"b\\"\\\\\\n",status="200"} 2.5\n',
  );
});
