export type Verdict = 'ok' | 'warning' | 'problem' | 'not applicable';

/** One line of the report. */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  /** The observation. */
  readonly found: string;
  /** The fix, in one sentence; for warnings and problems. */
  readonly fix?: string;
}
