const TURN_MS = 5;
const SMALL_BYTES = 64 * 1024;
/** A large request gets one of this many turns while small ones also wait. */
const LARGE_EVERY = 4;

interface Waiting {
  readonly bytes: number;
  readonly go: () => void;
}

let turnStart: number | undefined;
let turns = 0;
const small: Waiting[] = [];
const large: Waiting[] = [];

/**
 * Long work asks between its steps if it has to wait for the event loop's next turn: `undefined` if
 * not. All long work of the process together takes about {@link TURN_MS} of a turn, so other
 * requests are answered in between.
 *
 * Requests that are still small go first. The largest of the large ones goes first: it is nearest
 * to its end, and sixty that grow together would need the memory of all sixty.
 *
 * @param bytes of the request, as far as they are known
 */
export function nextTurn(bytes: number): Promise<void> | undefined {
  const now = performance.now();
  if (turnStart === undefined) {
    turnStart = now;
    setImmediate(startTurn);
  }
  const isSmall = bytes < SMALL_BYTES;
  if (small.length === 0 && (isSmall || large.length === 0) && now - turnStart < TURN_MS) return undefined;
  return new Promise((go) => (isSmall ? small : large).push({ bytes, go }));
}

/** One waiting piece of work continues. The others wait for later turns. */
function startTurn(): void {
  const next = nextWaiting();
  turnStart = next && performance.now();
  if (next) {
    setImmediate(startTurn);
    next.go();
  }
}

function nextWaiting(): Waiting | undefined {
  const isLargeDue = large.length > 0 && (small.length === 0 || ++turns % LARGE_EVERY === 0);
  if (!isLargeDue) return small.shift();
  let index = 0;
  for (let other = 1; other < large.length; other++)
    if (large[other]!.bytes > large[index]!.bytes) index = other;
  return large.splice(index, 1)[0];
}

/** Work in steps. Other work may run between them. */
export type Steps<Result> = Generator<undefined, Result, undefined>;

/**
 * Does work in turns with other work. Each step should take well below a millisecond.
 *
 * @param bytes of the request that the work is for
 */
export async function inTurns<Result>(steps: Steps<Result>, bytes: number): Promise<Result> {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
    const turn = nextTurn(bytes);
    if (turn) await turn;
  }
}

/** Does work without a pause. */
export function atOnce<Result>(steps: Steps<Result>): Result {
  for (;;) {
    const step = steps.next();
    if (step.done) return step.value;
  }
}
