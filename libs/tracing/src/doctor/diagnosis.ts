import type { Ending, Facts } from './facts.ts';
import type { Finding, Verdict } from './finding.ts';
import { judgeExport } from './judge-export.ts';
import { judgeInstallation } from './judge-installation.ts';
import { judgeRunning } from './judge-running.ts';
import { judgeTracing } from './judge-tracing.ts';
import type { ProbeOutcome } from './run-probe.ts';

export interface Diagnosis {
  /** Whether nothing needs a fix at the chosen strictness: exit code 0. */
  readonly healthy: boolean;
  readonly counts: Readonly<Record<Verdict, number>>;
  readonly findings: readonly Finding[];
}

export function diagnose(outcome: ProbeOutcome, strict: boolean): Diagnosis {
  const findings = 'facts' in outcome ? judge(outcome.facts, outcome.ending) : [didNotRun(outcome)];
  const counts = { ok: 0, warning: 0, problem: 0, 'not applicable': 0 };
  for (const { verdict } of findings) counts[verdict]++;
  return { healthy: counts.problem === 0 && !(strict && counts.warning > 0), counts, findings };
}

function judge(facts: Facts, ending: Ending | undefined): Finding[] {
  return [
    ...judgeInstallation(facts),
    ...judgeTracing(facts),
    ...judgeExport(facts),
    ...judgeRunning(facts, ending),
  ];
}

function didNotRun({ failure, output }: { failure: string; output: string }): Finding {
  const cause = /^\w*Error\b.*$/m.exec(output)?.[0] ?? output.split('\n').at(-1) ?? '';
  return {
    check: 'start',
    verdict: 'problem',
    found: cause === '' ? failure : `${failure}: ${cause}`,
    fix: 'Start the process by hand with the same flags. The doctor can say more once the process starts and stays.',
  };
}
