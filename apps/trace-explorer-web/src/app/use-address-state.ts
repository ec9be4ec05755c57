import { useNavigate, useRouter, useSearch } from '@tanstack/react-router';
import { useEffect, useRef } from 'react';
import { textIn } from './address-text.ts';

// Browsers refuse a page that changes its address more than a few times a second, as a wheel
// would.
const WRITE_MS = 300;

/**
 * Keeps a part of a page's state in the address, a moment after each change and without a step in
 * the history.
 *
 * The state itself stays with its owner: it may hold more than the address has room for.
 *
 * @param state the parameters to write. Each name must be present; `undefined` is not written.
 * @param adopt takes the parameters of an address that the reader went back to.
 */
export function useAddressState<Names extends string>(
  state: Readonly<Record<Names, string | undefined>>,
  adopt: (address: Readonly<Partial<Record<Names, string>>>) => void,
): void {
  const router = useRouter();
  const navigate = useNavigate();
  const search: Readonly<Record<string, unknown>> = useSearch({ strict: false });
  const names = Object.keys(state) as Names[];
  const address = Object.fromEntries(
    names.flatMap((name) => (search[name] === undefined ? [] : [[name, textIn(search[name])]])),
  ) as Partial<Record<Names, string>>;
  const addressKey = keyOf(names, address);
  const stateKey = keyOf(names, state);
  const own = useRef({ seen: addressKey, written: [] as string[], isPush: false });
  useEffect(
    () =>
      router.history.subscribe(({ action }) => {
        own.current.isPush = action.type === 'PUSH';
      }),
    [router],
  );
  useEffect(() => {
    const known = own.current;
    if (addressKey !== known.seen) {
      known.seen = addressKey;
      const echo = known.written.indexOf(addressKey);
      known.written = known.written.slice(echo + 1);
      // A link to a span of the same trace says nothing about the rest, which stays as it is.
      const isSilent = known.isPush && addressKey === keyOf(names, {});
      if (echo < 0 && !isSilent) {
        known.written = [];
        adopt(address);
        return;
      }
    }
    if (stateKey === addressKey) return;
    const { pathname } = router.latestLocation;
    const timer = window.setTimeout(() => {
      if (router.latestLocation.pathname !== pathname) return;
      known.written.push(stateKey);
      void navigate({
        to: '.',
        search: (before: object) => ({ ...before, ...state }),
        state: true,
        replace: true,
        resetScroll: false,
      } as Parameters<typeof navigate>[0]);
    }, WRITE_MS);
    return () => window.clearTimeout(timer);
    // The keys hold all of `state`, `address` and `names`.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [addressKey, stateKey, router, navigate]);
}

function keyOf(names: readonly string[], values: Readonly<Partial<Record<string, string>>>): string {
  return JSON.stringify(names.map((name) => values[name] ?? null));
}
