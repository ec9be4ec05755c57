import type { RejectionList, RequestRejections } from '@span-links/explorer-api';
import { printable, quoteExternal } from '@span-links/service-shell';

/** A request that was refused completely. Its texts come from outside. */
export interface Rejection {
  readonly reason: string;
  readonly protocol: 'http' | 'grpc';
  /** The HTTP status, or the name of the gRPC status. */
  readonly status: string;
  readonly message: string;
  /** Address of the sender. */
  readonly sender: string;
  /** The readable part of `service.name`. */
  readonly service: string | undefined;
  readonly userAgent: string | undefined;
}

/** The reasons in plain words. The words themselves are labels of a metric. */
const REASONS: Readonly<Record<string, string>> = {
  content_encoding: 'unsupported encoding',
  media_type: 'unsupported content type',
  unknown_path: 'unknown path',
  wrong_name: 'wrong host name',
  method: 'wrong method',
  too_large: 'larger than the limit',
  unreadable_body: 'body that cannot be unpacked',
  overloaded: 'too many at once',
  store_unavailable: 'database away',
  stopping: 'explorer is stopping',
  unauthorized: 'missing or wrong token',
  wrong_protocol: 'wrong protocol for the port',
};

const LOG_EVERY_MS = 60_000;
/** A reason is forgotten after this time without a refusal. */
const REMEMBER_MS = 10 * 60_000;
const MAX_REASONS = 50;
const LONGEST_TEXT = 300;

interface Tally {
  count: number;
  first: number;
  last: number;
  latest: Rejection;
  loggedAt: number;
  unlogged: number;
}

/**
 * Remembers why requests were refused, for the log and for the page. It is for users whose spans do
 * not appear. Each reason is logged at once and then once a minute, with the number of requests
 * since.
 */
export class Rejections {
  readonly #tallies = new Map<string, Tally>();
  readonly #warn: (line: string) => void;
  readonly #now: () => number;

  constructor(warn: (line: string) => void, now: () => number = Date.now) {
    this.#warn = warn;
    this.#now = now;
  }

  note(rejection: Rejection): void {
    const now = this.#now();
    this.#forget(now);
    const latest = bounded(rejection);
    let tally = this.#tallies.get(rejection.reason);
    if (!tally) {
      if (this.#tallies.size >= MAX_REASONS) return;
      tally = { count: 0, first: now, last: now, latest, loggedAt: -Infinity, unlogged: 0 };
      this.#tallies.set(rejection.reason, tally);
    }
    tally.count++;
    tally.unlogged++;
    tally.last = now;
    tally.latest = latest;
    if (now - tally.loggedAt < LOG_EVERY_MS) return;
    this.#warn(lineOf(tally));
    tally.loggedAt = now;
    tally.unlogged = 0;
  }

  /** The reasons of the last ten minutes, latest first. */
  list(): RejectionList {
    this.#forget(this.#now());
    const tallies = [...this.#tallies.values()].sort((a, b) => b.last - a.last);
    return { rejections: tallies.map(summaryOf) };
  }

  #forget(now: number): void {
    for (const [reason, { last }] of this.#tallies) {
      if (now - last > REMEMBER_MS) this.#tallies.delete(reason);
    }
  }
}

function bounded(rejection: Rejection): Rejection {
  const cut = (text: string) => (text.length > LONGEST_TEXT ? `${text.slice(0, LONGEST_TEXT)}…` : text);
  const { message, sender, service, userAgent } = rejection;
  return {
    ...rejection,
    message: cut(message),
    sender: cut(sender),
    service: service && cut(service),
    userAgent: userAgent && cut(userAgent),
  };
}

function titleOf(reason: string): string {
  return REASONS[reason] ?? reason.replaceAll('_', ' ');
}

function lineOf({ latest, unlogged }: Tally): string {
  const { reason, protocol, status, message, sender, service, userAgent } = latest;
  const who = [
    service && `service ${quoteExternal(service)}`,
    userAgent && `client ${quoteExternal(userAgent)}`,
  ].filter(Boolean);
  const from = `${quoteExternal(sender)}${who.length > 0 ? ` (${who.join(', ')})` : ''}`;
  const requests = unlogged === 1 ? '1 OTLP request' : `${unlogged} OTLP requests`;
  const answer = `${protocol === 'grpc' ? 'gRPC' : 'HTTP'} ${status}`;
  return `rejected ${requests}: ${titleOf(reason)}. The last came from ${from} and was answered with ${answer}: ${quoteExternal(message)}`;
}

function summaryOf({ count, first, last, latest }: Tally): RequestRejections {
  const { reason, protocol, status, message, sender, service, userAgent } = latest;
  return {
    reason,
    title: titleOf(reason),
    count,
    firstTime: new Date(first).toISOString(),
    lastTime: new Date(last).toISOString(),
    last: {
      protocol,
      status,
      message: printable(message),
      sender: printable(sender),
      // A direction mark in a name would reverse the text after it on the page.
      service: service === undefined ? null : printable(service),
      userAgent: userAgent === undefined ? null : printable(userAgent),
    },
  };
}
