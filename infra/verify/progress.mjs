const startedAt = performance.now();

/** Seconds since the start. */
export function elapsed() {
  return Math.round((performance.now() - startedAt) / 1_000);
}

/** Prints the current step. */
export function tell(sentence) {
  print(`       ${sentence}`);
}

let passed = 0;

/** Prints a passed check. */
export function confirm(sentence) {
  passed += 1;
  print(`ok     ${sentence}`);
}

/** Prints a failed check. */
export function tellFailure(sentence) {
  print(`FAILED ${sentence}`);
}

export function passedCount() {
  return passed;
}

function print(line) {
  process.stdout.write(`[${String(elapsed()).padStart(4)}s] ${line}\n`);
}
