import { lazy, type ComponentType, type LazyExoticComponent } from 'react';

const LONGEST_WAIT_MS = 1_000;

/**
 * A component in a file of its own that is fetched once the page has nothing better to do, to be drawn within a `Suspense`.
 *
 * With `lazy` alone even a file that is here shows the fallback first, and React keeps what it has shown for 300 ms: half of the 0.6 s
 * from a click to 10,000 links was that. A thenable that answers at once leaves no moment for a fallback.
 */
export function lazyAhead<Props>(
  load: () => Promise<ComponentType<Props>>,
): LazyExoticComponent<ComponentType<Props>> {
  let here: { readonly default: ComponentType<Props> } | undefined;
  const fetchFile = async () => {
    here = { default: await load() };
    return here;
  };
  // Where it fails, drawing the component asks again and says so.
  whenIdle(() => void fetchFile().catch(() => undefined));
  return lazy(() => (here ? answered(here) : fetchFile()));
}

function whenIdle(task: () => void): void {
  // Safari has no idle callbacks.
  if ('requestIdleCallback' in window) window.requestIdleCallback(task, { timeout: LONGEST_WAIT_MS });
  else setTimeout(task, LONGEST_WAIT_MS);
}

/** React takes any thenable, its types only a promise; a promise never answers in the same breath. */
function answered<Value>(value: Value): Promise<Value> {
  return { then: (resolve: (value: Value) => void) => resolve(value) } as Promise<Value>;
}
