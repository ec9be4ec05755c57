/** A line of a stack trace. */
export interface StackLine {
  readonly text: string;
  /**
   * - `message`: the error and its cause.
   * - `own`: a place in the application.
   * - `foreign`: a place in a library or in the runtime.
   */
  readonly kind: 'message' | 'own' | 'foreign';
}

// Frames of V8, of Java, of .NET and of Python.
const FRAME = /^\s*(?:at\s|File ".+", line \d+|\.\.\. \d+ more)/;
const FOREIGN =
  /node_modules|\bnode:|\(internal\/|<anonymous>|site-packages|^\s*at (?:java|javax|jdk|sun|kotlin|scala|org\.springframework|System|Microsoft)\.|^\s*\.\.\. \d+ more/;

/** Separates the places that a reader can fix from the others. */
export function stackLines(stack: string): StackLine[] {
  return stack
    .replace(/\s+$/, '')
    .split(/\r?\n/)
    .map((text) => ({
      text,
      kind: !FRAME.test(text) ? 'message' : FOREIGN.test(text) ? 'foreign' : 'own',
    }));
}
