export type Verdict = 'ok' | 'warning' | 'problem' | 'not applicable';

/** One line of the report. */
export interface Finding {
  readonly check: string;
  readonly verdict: Verdict;
  /** What was seen. */
  readonly found: string;
  /** What to do about it, in one sentence; on warnings and problems. */
  readonly mend?: string;
}
