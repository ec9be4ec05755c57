/**
 * Puts text on the clipboard. Browsers may refuse, and pages that are neither local nor encrypted
 * have no clipboard.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
