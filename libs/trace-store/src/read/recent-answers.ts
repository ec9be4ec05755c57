/** Remembers answers for a moment, at most so many of them. Questions that are asked at once share one answer. */
export class RecentAnswers<Answer> {
  readonly #answers = new Map<string, { readonly until: number; readonly answer: Promise<Answer> }>();

  constructor(
    private readonly limits: { readonly maxAgeMs: number; readonly maxCount: number },
    /** Whether it was costly enough to be remembered. */
    private readonly isWorthKeeping: (answer: Answer) => boolean,
    private readonly now: () => number = () => performance.now(),
  ) {}

  answer(question: string, ask: () => Promise<Answer>): Promise<Answer> {
    const known = this.#answers.get(question);
    if (known && known.until > this.now()) return known.answer;
    const answer = ask();
    this.#answers.delete(question);
    this.#answers.set(question, { until: this.now() + this.limits.maxAgeMs, answer });
    this.#makeRoom();
    const forget = (): void => {
      if (this.#answers.get(question)?.answer === answer) this.#answers.delete(question);
    };
    answer.then((value) => {
      if (!this.isWorthKeeping(value)) forget();
    }, forget);
    return answer;
  }

  #makeRoom(): void {
    for (const question of this.#answers.keys()) {
      if (this.#answers.size <= this.limits.maxCount) return;
      this.#answers.delete(question);
    }
  }
}
