/**
 * The output for a command's progress: standard error, so that standard output is free for data.
 */
export interface Terminal {
  line(text: string): void;
  /**
   * Replaces the previous progress. On anything but a terminal it writes a line every few seconds.
   */
  progress(text: string): void;
}

const QUIET_MS = 5_000;

/** @param stream standard error, or a substitute */
export function terminalOf(
  stream: Pick<NodeJS.WriteStream, 'write'> & { readonly isTTY?: boolean },
): Terminal {
  let isProgressShown = false;
  let lastMs = Date.now();
  const clear = () => {
    if (isProgressShown) stream.write('\r\u001b[K');
    isProgressShown = false;
  };
  return {
    line: (text) => {
      clear();
      stream.write(`${printable(text)}\n`);
    },
    progress: (text) => {
      if (stream.isTTY) {
        clear();
        stream.write(printable(text).slice(0, 120));
        isProgressShown = true;
      } else if (Date.now() - lastMs >= QUIET_MS) {
        lastMs = Date.now();
        stream.write(`${printable(text)}\n`);
      }
    },
  };
}

/**
 * Names of files and fields come from outside. Control characters for a terminal are shown as
 * replacement characters.
 */
function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}
