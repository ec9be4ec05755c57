import type { Step } from './journey-members.ts';

/** A step of the critical path with the wait before it, in ns. */
export interface PathStep {
  readonly step: Step;
  /** From the end of the latest span that it follows from to its own start; at least 0. */
  readonly waitNs: number;
}

/**
 * The chain of units that decided when the journey ended. It starts with the unit that ended last
 * and goes back to the head, always over the source that ended last. Units after the last one are
 * not on the path, however long they wait for something.
 */
export function criticalPath(steps: readonly Step[]): PathStep[] {
  const path: PathStep[] = [];
  const seen = new Set<Step>();
  let at = steps.reduce<Step | undefined>(
    (last, step) => (last === undefined || step.unit.endNs > last.unit.endNs ? step : last),
    undefined,
  );
  while (at !== undefined && !seen.has(at)) {
    seen.add(at);
    const source = latestSource(at);
    path.unshift({ step: at, waitNs: source ? waitAfter(source.endNs, at) : 0 });
    at = source?.step;
  }
  return path;
}

/** The time that a step waited after its sources. */
export function waitBefore(step: Step): number {
  const source = latestSource(step);
  return source ? waitAfter(source.endNs, step) : 0;
}

function waitAfter(endNs: bigint, { unit }: Step): number {
  return Math.max(0, Number(unit.span.startNs - endNs));
}

/**
 * The target span of the link counts, not its whole unit: a request may continue after it has sent
 * the message.
 */
function latestSource(step: Step): { step: Step; endNs: bigint } | undefined {
  let latest: { step: Step; endNs: bigint } | undefined;
  for (const { step: source, link } of step.from) {
    const endNs = source.unit.trace.bySpanId.get(link.spanId)?.endNs ?? source.unit.endNs;
    if (latest === undefined || endNs > latest.endNs) latest = { step: source, endNs };
  }
  return latest;
}
