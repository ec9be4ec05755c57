import { useEffect, type RefObject } from 'react';

const STEPS: Readonly<Record<string, number>> = { j: 1, k: -1, ArrowDown: 1, ArrowUp: -1 };

/**
 * `j` and `k` go from row to row, starting at the first visible one. The arrows do too, once a row
 * has the focus.
 */
export function useRowKeys(list: RefObject<HTMLElement | null>): void {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const step = STEPS[event.key];
      const target = event.target instanceof Element ? event.target : document.body;
      if (step === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target.closest('input, select, textarea, [contenteditable], [role=dialog]')) return;
      const current = rowOf(target);
      if (current === undefined && event.key.startsWith('Arrow')) return;
      const next = current === undefined ? firstInSight(list.current) : linkOf(list.current, current + step);
      if (next === undefined) return;
      event.preventDefault();
      next.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [list]);
}

function rowOf(target: Element): number | undefined {
  const link = target.closest('[role=row]')?.querySelector<HTMLElement>('[data-row]');
  return link ? Number(link.dataset['row']) : undefined;
}

function linkOf(list: HTMLElement | null, index: number): HTMLElement | undefined {
  return list?.querySelector<HTMLElement>(`[data-row="${index}"]`) ?? undefined;
}

// The table head stays in sight and covers the rows above.
function firstInSight(list: HTMLElement | null): HTMLElement | undefined {
  const top = list?.previousElementSibling?.getBoundingClientRect().bottom ?? 0;
  const links = [...(list?.querySelectorAll<HTMLElement>('[data-row]') ?? [])];
  return links
    .filter((link) => link.getBoundingClientRect().top >= top)
    .toSorted((a, b) => Number(a.dataset['row']) - Number(b.dataset['row']))[0];
}
