import { createContext, useContext } from 'react';

/** Says something to whoever does not see the page, and shows it for a moment to everybody else. */
export type Announce = (text: string) => void;

export const AnnounceContext = createContext<Announce>(() => undefined);

export function useAnnounce(): Announce {
  return useContext(AnnounceContext);
}
