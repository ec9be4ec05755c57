import {
  isSpanContextValid,
  ROOT_CONTEXT,
  trace,
  type Attributes,
  type Link,
  type Span,
  type SpanContext,
  type SpanKind,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';
import { parseCarrier, type CarrierVerdict } from './carrier.ts';
import { inSpan } from './in-span.ts';
import { linkTo, type MissingReason } from './links.ts';
import { recordLink } from './metrics.ts';
import { ATTR_LINK_MISSING_REASON } from './attributes.ts';

/**
 * Branches that run at once by default: enough to overlap waiting, but fewer than the ten connections of a default
 * node-postgres pool, so that one fan-out does not starve its process.
 */
export const DEFAULT_CONCURRENCY = 8;

/** One of the operations that a fan-out starts. */
export interface Branch<T = unknown> {
  /** The name of its span. */
  readonly name: string;
  readonly attributes?: Attributes;
  /** INTERNAL by default. */
  readonly kind?: SpanKind;
  /** The work, with the branch's span active. An error fails only this branch. */
  readonly run: (span: Span) => T | PromiseLike<T>;
}

/** Options of a fan-out. */
export interface FanOutOptions {
  /** Branches that run at once, at least 1; 8 by default. */
  readonly concurrency?: number;
  /**
   * The stored carrier of the initiating span, for a worker that continues the work of another process. The active span
   * by default. If the option is given, it counts even when its value is `undefined`, because the span that is active
   * here did not initiate the work of another process.
   */
  readonly initiator?: unknown;
  /** Once aborted, no further branch starts. Running branches continue: their work may use the signal too. */
  readonly signal?: AbortSignal;
}

/**
 * The outcome of a branch, with the context of its span. The context is absent without an SDK and for a branch that
 * never started.
 */
export type BranchOutcome<T> = PromiseSettledResult<T> & { readonly spanContext?: SpanContext };

/** The outcomes of a list of branches, in the same order. */
export type BranchOutcomes<Branches extends readonly Branch[]> = {
  -readonly [Index in keyof Branches]: BranchOutcome<Awaited<ReturnType<Branches[Index]['run']>>>;
};

/**
 * Runs branches in parallel. Each branch is the root of its own trace, with a link to the initiating span at its start.
 * Its errors are recorded on its span and settle its outcome. Waits for all branches that were started.
 *
 * A carrier that names no span costs the branches only their link, and their spans say why
 * (`spanlinks.missing_reason`). To gather the branches in a span, see {@link startJoin}.
 *
 * @returns one settled value per branch, in the order of the branches. A branch that did not start before the signal
 *   was aborted is rejected with the signal's reason and has no span.
 * @throws RangeError for a concurrency that is not a whole number of at least 1; no branch has started then.
 */
export async function fanOut<const Branches extends readonly Branch[]>(
  tracer: Tracer,
  branches: Branches,
  options: FanOutOptions = {},
): Promise<BranchOutcomes<Branches>> {
  const { concurrency = DEFAULT_CONCURRENCY, signal } = options;
  if (!Number.isSafeInteger(concurrency) || concurrency < 1) {
    throw new RangeError(`concurrency is ${String(concurrency)}; allowed is a whole number of at least 1`);
  }
  // Read before the first branch starts, because another span may be active when a later one starts.
  const linked = linkToInitiator(options);
  const outcomes: BranchOutcome<unknown>[] = [];
  // One shared iterator gives every branch to exactly one lane.
  const waiting = branches.entries();
  const lane = async () => {
    for (const [position, branch] of waiting) {
      outcomes[position] = signal?.aborted
        ? { status: 'rejected', reason: signal.reason }
        : await runBranch(tracer, branch, linked);
    }
  };
  await Promise.all(Array.from({ length: Math.min(concurrency, branches.length) }, lane));
  return outcomes as BranchOutcomes<Branches>;
}

async function runBranch(tracer: Tracer, branch: Branch, linked: Linked): Promise<BranchOutcome<unknown>> {
  const options: SpanOptions = {
    root: true,
    links: [...linked.links],
    attributes: { ...branch.attributes, ...linked.attributes },
  };
  if (branch.kind !== undefined) options.kind = branch.kind;
  recordLink('initiator', linked.verdict);
  const started: { spanContext?: SpanContext } = {};
  const run = (span: Span) => {
    const spanContext = span.spanContext();
    if (isSpanContextValid(spanContext)) started.spanContext = spanContext;
    return branch.run(span);
  };
  try {
    const value = await inSpan(tracer, branch.name, options, run, ROOT_CONTEXT);
    return { status: 'fulfilled', value, ...started };
  } catch (reason) {
    return { status: 'rejected', reason, ...started };
  }
}

interface Linked {
  readonly verdict: CarrierVerdict;
  readonly links: readonly Link[];
  readonly attributes: Attributes;
}

function linkToInitiator(options: FanOutOptions): Linked {
  const initiator = initiatorOf(options);
  if (typeof initiator === 'string') {
    return { verdict: initiator, links: [], attributes: { [ATTR_LINK_MISSING_REASON]: initiator } };
  }
  return { verdict: 'ok', links: [linkTo(initiator, 'initiator')], attributes: {} };
}

function initiatorOf(options: FanOutOptions): SpanContext | MissingReason {
  if ('initiator' in options) {
    const parsed = parseCarrier(options.initiator);
    return parsed.verdict === 'ok' ? parsed.spanContext : parsed.verdict;
  }
  // Not through a carrier, which would mark a span of this process as remote.
  const active = trace.getActiveSpan()?.spanContext();
  return active && isSpanContextValid(active) ? active : 'missing';
}
