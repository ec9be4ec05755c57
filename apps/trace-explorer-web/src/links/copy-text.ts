/** Puts text on the clipboard. Browsers may refuse, and have none at all on pages that are neither local nor encrypted. */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
