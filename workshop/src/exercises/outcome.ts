import { lineIn } from '../child/line-marks.ts';
import type { Finding } from '../finding.ts';

/** The outcome of a call of the reader's code that may throw. */
export interface CallOutcome {
  readonly error?: string;
  readonly line?: number | undefined;
}

/** Calls the reader's code; what it throws is a fact of the run. */
export async function outcomeOf(file: string, call: () => Promise<unknown>): Promise<CallOutcome> {
  try {
    await call();
    return {};
  } catch (error) {
    const { message, stack = '' } = error instanceof Error ? error : new Error(String(error));
    return { error: message, line: lineIn(file, stack) };
  }
}

/** A finding about an error that the reader's code let through. */
export function threw(mistake: string, { error, line }: CallOutcome, meaning: string): Finding[] {
  return error === undefined ? [] : [{ mistake, says: `${meaning} The error was: ${error}`, line }];
}
