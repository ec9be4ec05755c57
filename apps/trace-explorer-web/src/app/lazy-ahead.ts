import { lazy, type ComponentType, type LazyExoticComponent } from 'react';

const LONGEST_WAIT_MS = 1_000;

/**
 * A component in a separate file that is fetched when the page is idle; draw it within a
 * `Suspense`.
 *
 * With `lazy` alone, even a loaded file shows the fallback first, and React keeps a shown fallback
 * for 300 ms: half of the 0.6 s from a click to 10,000 links. A thenable that answers at once needs
 * no fallback.
 */
export function lazyAhead<Props>(
  load: () => Promise<ComponentType<Props>>,
): LazyExoticComponent<ComponentType<Props>> {
  let here: { readonly default: ComponentType<Props> } | undefined;
  const fetchFile = async () => {
    here = { default: await load() };
    return here;
  };
  // If it fails, drawing the component tries again and reports the error.
  whenIdle(() => void fetchFile().catch(() => undefined));
  return lazy(() => (here ? answered(here) : fetchFile()));
}

function whenIdle(task: () => void): void {
  // Safari has no idle callbacks.
  if ('requestIdleCallback' in window) window.requestIdleCallback(task, { timeout: LONGEST_WAIT_MS });
  else setTimeout(task, LONGEST_WAIT_MS);
}

/**
 * React accepts any thenable, but its types only a promise. A promise never answers in the same
 * tick.
 */
function answered<Value>(value: Value): Promise<Value> {
  return { then: (resolve: (value: Value) => void) => resolve(value) } as Promise<Value>;
}
