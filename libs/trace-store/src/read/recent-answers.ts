/** Remembers a limited number of answers for a while. Simultaneous questions share one answer. */
export class RecentAnswers<Answer> {
  readonly #answers = new Map<string, { until: number; readonly answer: Promise<Answer> }>();

  /**
   * @param keepMs how long an answer is valid after its question; 0 if it was too cheap to
   * remember.
   */
  constructor(
    private readonly maxCount: number,
    private readonly keepMs: (answer: Answer) => number,
    private readonly now: () => number = () => performance.now(),
  ) {}

  /** The answer that is remembered or on its way. */
  known(question: string): Promise<Answer> | undefined {
    const known = this.#answers.get(question);
    return known && known.until > this.now() ? known.answer : undefined;
  }

  answer(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    return this.known(question) ?? this.renew(question, ask);
  }

  /** Asks again and ignores a remembered answer. */
  renew(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const asked = this.now();
    const entry = { until: Infinity, answer: ask() };
    this.#answers.delete(question);
    this.#answers.set(question, entry);
    this.#makeRoom();
    const forget = (): void => {
      if (this.#answers.get(question) === entry) this.#answers.delete(question);
    };
    entry.answer.then((value) => {
      const keepMs = this.keepMs(value);
      if (keepMs > 0) entry.until = asked + keepMs;
      else forget();
    }, forget);
    return entry.answer;
  }

  #makeRoom(): void {
    for (const question of this.#answers.keys()) {
      if (this.#answers.size <= this.maxCount) return;
      this.#answers.delete(question);
    }
  }
}
