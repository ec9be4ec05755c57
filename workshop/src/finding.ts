/** A mistake that the spans of a run show. */
export interface Finding {
  /** The mistake's name, for tests: `captured-in-child`. */
  readonly mistake: string;
  /** A sentence or two: the spans show this, and it means that. */
  readonly says: string;
  /** The line of the reader's file to look at. */
  readonly line?: number | undefined;
  /** The failure of the matcher that found it, for readers who want the IDs. */
  readonly detail?: string | undefined;
}

/** The findings of the first look that has any. A mistake has consequences: a reader needs its cause, not them. */
export function firstOf<R>(run: R, looks: readonly ((run: R) => Finding[])[]): Finding[] {
  for (const look of looks) {
    const findings = look(run);
    if (findings.length > 0) return findings;
  }
  return [];
}
