import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { quoteExternal } from '@span-links/service-shell';
import { OnceAMinute } from './once-a-minute.ts';

/**
 * `guessing`: this sender has tried so many wrong tokens that its tokens are not checked for a
 * while.
 */
export type TokenVerdict = 'right' | 'wrong' | 'guessing';

const MOST_GUESSES = 10;
const GUESSES_MS = 60_000;
const MOST_SENDERS = 10_000;
const COOKIE_VALID_S = 12 * 3_600;
const COOKIE_RENEWED_AFTER_S = 3_600;

interface Guesses {
  readonly since: number;
  readonly tokens: Set<string>;
}

/**
 * Checks tokens. A sender that tries more than ten different wrong tokens in a minute is guessing.
 * One repeated wrong token comes from a service with a wrong setting, which must not lock out its
 * neighbours on the same machine.
 */
export class TokenGuard {
  readonly #expected: Buffer;
  readonly #cookieKey: Buffer;
  readonly #guesses = new Map<string, Guesses>();
  readonly #log: OnceAMinute;
  readonly #now: () => number;

  constructor(token: string, warn: (line: string) => void, now: () => number = Date.now) {
    this.#expected = digestOf(token);
    this.#cookieKey = digestOf(`cookie of ${token}`);
    this.#log = new OnceAMinute(warn, now);
    this.#now = now;
  }

  /**
   * @param authorization the header or metadata of that name
   * @param sender its address
   * @param what was requested, for the log
   */
  bearer(authorization: string | undefined, sender: string, what: string): TokenVerdict {
    const token = /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
    if (token === undefined) return 'wrong';
    return this.check(token, sender, what);
  }

  check(token: string, sender: string, what: string): TokenVerdict {
    const digest = digestOf(token);
    if (this.isGuessing(sender)) return this.#refuse('guessing', sender, what);
    if (timingSafeEqual(digest, this.#expected)) return 'right';
    this.#remember(sender, digest.toString('base64'));
    return this.#refuse('wrong', sender, what);
  }

  isGuessing(sender: string): boolean {
    const guesses = this.#guesses.get(sender);
    if (!guesses) return false;
    if (this.#now() - guesses.since < GUESSES_MS) return guesses.tokens.size > MOST_GUESSES;
    this.#guesses.delete(sender);
    return false;
  }

  /** A value for a cookie: the time of its creation, and a signature that needs the token. */
  newCookie(): { readonly value: string; readonly maxAgeSeconds: number } {
    const madeAt = String(Math.floor(this.#now() / 1_000));
    return { value: `${madeAt}.${this.#signatureOf(madeAt)}`, maxAgeSeconds: COOKIE_VALID_S };
  }

  /** `old` is valid, but a new one should replace it. */
  checkCookie(value: string): 'new' | 'old' | 'invalid' {
    const [, madeAt, signature] = /^(\d{1,12})\.([\da-f]{64})$/.exec(value) ?? [];
    if (madeAt === undefined || signature === undefined) return 'invalid';
    const isOurs = timingSafeEqual(digestOf(signature), digestOf(this.#signatureOf(madeAt)));
    const age = this.#now() / 1_000 - Number(madeAt);
    if (!isOurs || age > COOKIE_VALID_S) return 'invalid';
    return age > COOKIE_RENEWED_AFTER_S ? 'old' : 'new';
  }

  #signatureOf(madeAt: string): string {
    return createHmac('sha256', this.#cookieKey).update(madeAt).digest('hex');
  }

  #remember(sender: string, token: string): void {
    const guesses = this.#guesses.get(sender) ?? { since: this.#now(), tokens: new Set<string>() };
    if (guesses.tokens.size <= MOST_GUESSES) guesses.tokens.add(token);
    this.#guesses.set(sender, guesses);
    const [oldest] = this.#guesses.keys();
    if (this.#guesses.size > MOST_SENDERS && oldest !== undefined) this.#guesses.delete(oldest);
  }

  #refuse(verdict: TokenVerdict, sender: string, what: string): TokenVerdict {
    this.#log.note((count) => {
      const requests = count === 1 ? '1 request' : `${count} requests`;
      const more = verdict === 'guessing' ? '; it is shut out for a minute because it guesses' : '';
      return `refused ${requests} with a wrong token; the last came from ${quoteExternal(sender, 60)} for ${quoteExternal(what)}${more}`;
    });
    return verdict;
  }
}

// Digests have the same length for any text, and comparing them takes constant time.
function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
