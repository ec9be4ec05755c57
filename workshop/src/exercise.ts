import type { CheckedSpan } from './checked-span.ts';
import type { Finding } from './finding.ts';
import type { Run } from './run.ts';

/** One exercise: its texts are in `exercises/<id>`, its scenario and check here. */
export interface Exercise {
  /** Also the name of its folder: `1-lost-trail`. */
  readonly id: string;
  readonly title: string;
  readonly minutes: number;
  /** The mistakes that the spans of a run show; none if the exercise is done. */
  check(run: Run<never>): Finding[];
  /** The span to look at in the explorer. */
  spotlight(run: Run<never>): CheckedSpan | undefined;
  /** A sentence about a run that is right, with its figures. */
  praise(run: Run<never>): string;
  /** Which spans of the solution its picture shows; all by default. */
  isPictured?(span: CheckedSpan): boolean;
}

/** Gives an exercise the type of its facts. */
export function exercise<Facts>(definition: {
  readonly id: string;
  readonly title: string;
  readonly minutes: number;
  readonly check: (run: Run<Facts>) => Finding[];
  readonly spotlight: (run: Run<Facts>) => CheckedSpan | undefined;
  readonly praise: (run: Run<Facts>) => string;
  readonly isPictured?: (span: CheckedSpan) => boolean;
}): Exercise {
  return definition;
}

/** The story that the process of an exercise plays with the reader's code. */
export interface Scenario<Code = never> {
  /** Names that the file has to export. */
  readonly needs: readonly string[];
  /** Plays the story. @returns what the check has to know besides the spans. */
  play(code: Code, place: ScenarioPlace): Promise<unknown>;
}

export interface ScenarioPlace {
  readonly databaseUrl: string;
  /** The reader's file. */
  readonly file: string;
  /** The reader's name. */
  readonly instanceId: string;
}
