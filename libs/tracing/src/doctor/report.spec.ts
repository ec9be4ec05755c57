import { describe, expect, it } from 'vitest';
import type { Diagnosis } from './diagnosis.ts';
import { reportText } from './report.ts';

const DIAGNOSIS: Diagnosis = {
  healthy: false,
  counts: { ok: 1, warning: 0, problem: 1, 'not applicable': 1 },
  findings: [
    { check: 'Node.js', verdict: 'ok', found: 'v22.0.0' },
    { check: 'pg', verdict: 'not applicable', found: 'not used' },
    { check: 'link limit', verdict: 'problem', found: 'one two three four five six', fix: 'raise it' },
  ],
};

describe('the report', () => {
  it('aligns the findings, wraps them, and puts the fix below', () => {
    expect(reportText(DIAGNOSIS, { colour: false, width: 10 })).toBe(
      [
        '✔ Node.js     v22.0.0',
        '· pg          not used',
        '✖ link limit  one two three four five',
        '              six',
        '              → raise it',
        '',
        '1 problem, 0 warnings, 1 ok',
        '',
      ].join('\n'),
    );
  });

  it('colours signs and summary, but no text to copy', () => {
    const text = reportText(DIAGNOSIS, { colour: true, width: 100 });
    expect(text).toContain('\u001b[32m✔\u001b[0m Node.js     v22.0.0\n');
    expect(text).toContain('\u001b[31m✖\u001b[0m link limit  one two three four five six\n');
    expect(text).toContain('\u001b[31m1 problem, 0 warnings, 1 ok\u001b[0m\n');
  });
});
