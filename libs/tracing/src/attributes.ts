/** On a span: items in the batch. */
export const ATTR_BATCH_SIZE = 'batch.size';

/** On a link: a `LinkRelation`. */
export const ATTR_LINK_RELATION = 'spanlinks.relation';
/** On a link: how many sources share it, if more than one. */
export const ATTR_LINK_SOURCE_COUNT = 'spanlinks.source_count';
/** On a span: the reason why it has no link to its cause. */
export const ATTR_LINK_MISSING_REASON = 'spanlinks.missing_reason';

/** On a span: links to its sources that the span and its continuations have. */
export const ATTR_LINKS_KEPT = 'spanlinks.links.kept';
/** On a span: sources without a link. One attribute per reason follows, `spanlinks.links.missing_reason.<reason>`. */
export const ATTR_LINKS_MISSING = 'spanlinks.links.missing';
/** Prefix of the span attributes that count the sources without a link per reason. */
export const ATTR_LINKS_MISSING_REASON = 'spanlinks.links.missing_reason';
/** On a span: links that were lost because the SDK keeps none. */
export const ATTR_LINKS_DROPPED = 'spanlinks.links.dropped';
/** On a span: how many spans share its links, if more than one. */
export const ATTR_PARTS = 'spanlinks.parts';
/** On a span that shares its links: its place, from 1 (the first) to `spanlinks.parts`. */
export const ATTR_PART = 'spanlinks.part';

/** On a span: the number of the attempt, from 1. On a link: the attempt of the link's target, or the delivery of its message. */
export const ATTR_ATTEMPT = 'spanlinks.attempt';
/**
 * On a link to the previous attempt: `failed`, or `unfinished` if its process was killed and its span was never
 * reported.
 */
export const ATTR_ATTEMPT_OUTCOME = 'spanlinks.attempt.outcome';
/** On a span: earlier attempts that it cannot link to, because their carriers name no span. */
export const ATTR_PREVIOUS_ATTEMPTS_MISSING = 'spanlinks.previous_attempts.missing';
/** On a span: true if the message was handled before, so this delivery does no work. */
export const ATTR_DUPLICATE = 'spanlinks.duplicate';
/** On a link, and on the span of a single message: milliseconds between sending and handling the message. */
export const ATTR_WAIT_MS = 'spanlinks.wait_ms';
/** On a batch whose messages are handled one by one: how many of them failed. */
export const ATTR_MESSAGES_FAILED = 'spanlinks.messages.failed';

/**
 * On a kept root span: `fallback` or `links`, for the rule that kept it. Spans kept by `links` are biased towards large
 * batches.
 */
export const ATTR_SAMPLED_BY = 'spanlinks.sampled_by';
/** On a join: branches that failed or never started. */
export const ATTR_JOIN_FAILED = 'join.failed';

/**
 * Counter, `{link}`: links that were attempted, by {@link ATTR_LINK_RELATION} and {@link ATTR_LINK_VERDICT}. Each
 * source counts once, so the sum over all verdicts is the number of attempts.
 */
export const METRIC_LINKS = 'spanlinks.links';
/** Histogram, seconds: the age of a source when work on it began. Recorded if its creation time is known. */
export const METRIC_SOURCE_AGE = 'spanlinks.source.age';
/** Histogram, seconds: how long a message waited, by `messaging.system` and `messaging.destination.name`. */
export const METRIC_MESSAGE_WAIT = 'spanlinks.message.wait';
/**
 * Counter, `{span}`: root spans that the sampler wanted to keep only for their links, by {@link ATTR_UPGRADE_OUTCOME}.
 */
export const METRIC_SAMPLER_UPGRADES = 'spanlinks.sampler.upgrades';
/** On a metric: a `LinkVerdict`. */
export const ATTR_LINK_VERDICT = 'spanlinks.verdict';
/** On a metric: `granted`, or `refused` by the rate limit. */
export const ATTR_UPGRADE_OUTCOME = 'spanlinks.outcome';
