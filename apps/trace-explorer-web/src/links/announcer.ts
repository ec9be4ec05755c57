import { createContext, useContext } from 'react';

/** Announces a text to screen readers and shows it for a moment. */
export type Announce = (text: string) => void;

export const AnnounceContext = createContext<Announce>(() => undefined);

export function useAnnounce(): Announce {
  return useContext(AnnounceContext);
}
