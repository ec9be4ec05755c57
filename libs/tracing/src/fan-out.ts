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
import { ATTR_LINK_MISSING_REASON } from './relation.ts';

/**
 * How many branches run at once by default: enough to overlap waiting, and fewer than the ten connections that a pool
 * of node-postgres opens by default, so that one fan-out does not starve its process.
 */
export const DEFAULT_CONCURRENCY = 8;

/** One of the operations that a fan-out starts. */
export interface Branch<T = unknown> {
  /** The name of its span. */
  readonly name: string;
  readonly attributes?: Attributes;
  /** INTERNAL by default. */
  readonly kind?: SpanKind;
  /** The work, with the branch's span active. What it throws fails this branch alone. */
  readonly run: (span: Span) => T | PromiseLike<T>;
}

/** How a fan-out is run. */
export interface FanOutOptions {
  /** Branches that run at once, at least 1; {@link DEFAULT_CONCURRENCY} by default. */
  readonly concurrency?: number;
  /**
   * The stored carrier of the initiating span, for a worker that carries on what another process began. Once given, it
   * counts even where it is `undefined`: the span that is active here did not initiate the work of another process.
   * The active span by default.
   */
  readonly initiator?: unknown;
  /** Once aborted, no further branch starts. Branches that run are not cut off: their work may take the signal too. */
  readonly signal?: AbortSignal;
}

/** What became of a branch, with the context of its span; that is absent without an SDK and where it never started. */
export type BranchOutcome<T> = PromiseSettledResult<T> & { readonly spanContext?: SpanContext };

/** The outcomes of a list of branches, in its order. */
export type BranchOutcomes<Branches extends readonly Branch[]> = {
  -readonly [Index in keyof Branches]: BranchOutcome<Awaited<ReturnType<Branches[Index]['run']>>>;
};

/**
 * Runs branches in parallel. Each is the root of a trace of its own, with a link to the initiating span at its start;
 * its errors are recorded on its span and settle its outcome. Waits for all that were started.
 *
 * A carrier that names no span costs the branches their link, and their spans say why
 * (`spanlinks.missing_reason`), never the work. To gather the branches in a span, see {@link startJoin}.
 *
 * @returns one settled value per branch, in the order of the branches. One that did not start before the signal was
 *   aborted is rejected with the signal's reason and has no span.
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
  // Taken before the first branch: one that starts later must not take whatever is active by then.
  const linked = linkToInitiator(options);
  const outcomes: BranchOutcome<unknown>[] = [];
  // One iterator for all lanes hands every branch to exactly one of them.
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
  // Not through a carrier: that would call a span of this process remote.
  const active = trace.getActiveSpan()?.spanContext();
  return active && isSpanContextValid(active) ? active : 'missing';
}
