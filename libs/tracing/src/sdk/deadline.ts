/**
 * Waits for `work` at most `ms` milliseconds. Resolves to whether the work ended in time; a rejection counts as an end.
 * The timer keeps the process alive, because somebody waits for the answer.
 */
export async function overWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), Math.max(0, ms));
  });
  const over = work.then(
    () => true,
    () => true,
  );
  try {
    return await Promise.race([over, late]);
  } finally {
    clearTimeout(timer);
  }
}
