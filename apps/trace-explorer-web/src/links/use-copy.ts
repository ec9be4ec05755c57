import { useCallback } from 'react';
import { useAnnounce } from './announcer.ts';
import { copyText } from './copy-text.ts';

/** Copies a text and reports the result. */
export function useCopy(): (text: string, what: string) => Promise<void> {
  const announce = useAnnounce();
  return useCallback(
    async (text, what) => {
      const isCopied = await copyText(text);
      announce(
        isCopied ? `${what} copied` : `${what} could not be copied: the browser does not allow it here`,
      );
    },
    [announce],
  );
}
