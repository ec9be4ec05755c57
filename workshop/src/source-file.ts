/** The reader's file, for findings that no span has a line for. */
export class SourceFile {
  readonly #lines: readonly string[];

  constructor(text: string) {
    // Comments talk about code, and are none.
    this.#lines = text
      .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, ' '))
      .split('\n')
      .map((line) => line.replace(/\/\/.*$/, ''))
      .map((line) => (/^import\b/.test(line) ? '' : line));
  }

  /** The first line of code that matches. */
  lineOf(pattern: RegExp): number | undefined {
    const index = this.#lines.findIndex((line) => pattern.test(line));
    return index < 0 ? undefined : index + 1;
  }

  has(pattern: RegExp): boolean {
    return this.lineOf(pattern) !== undefined;
  }
}
