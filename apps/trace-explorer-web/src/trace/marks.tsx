/** Small icons of the trace view. The text next to or around them says what they mean. */
interface MarkProps {
  readonly className?: string | undefined;
}

export function ChevronMark({ className }: MarkProps) {
  return (
    <svg className={className} viewBox="0 0 16 16" width="12" height="12" aria-hidden="true">
      <path d="M5.5 3l5 5-5 5" fill="none" stroke="currentColor" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}

export function ErrorMark({ className }: MarkProps) {
  return (
    <svg className={className} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d="M5 1h6l4 4v6l-4 4H5l-4-4V5z" fill="currentColor" />
      <path d="M8 4v5M8 11v1.6" stroke="var(--surface)" strokeWidth="2" />
    </svg>
  );
}

export function CloseMark({ className }: MarkProps) {
  return (
    <svg className={className} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path
        d="M3 3l10 10M13 3L3 13"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.8"
        strokeLinecap="round"
      />
    </svg>
  );
}

export function SearchMark({ className }: MarkProps) {
  return (
    <svg className={className} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <circle cx="7" cy="7" r="4.5" fill="none" stroke="currentColor" strokeWidth="1.6" />
      <path d="M10.5 10.5L14 14" stroke="currentColor" strokeWidth="1.8" strokeLinecap="round" />
    </svg>
  );
}

/** Arrows that open or close a tree; `isOne` for a single level. */
export function LevelsMark({ opens, isOne }: { readonly opens: boolean; readonly isOne: boolean }) {
  const arrow = opens ? 'M4 4l4 4 4-4' : 'M4 8l4-4 4 4';
  return (
    <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <g fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinecap="round" strokeLinejoin="round">
        {isOne ? (
          <path d={arrow} transform="translate(0 2)" />
        ) : (
          <>
            <path d={arrow} transform="translate(0 -0.5)" />
            <path d={arrow} transform="translate(0 4.5)" />
          </>
        )}
      </g>
    </svg>
  );
}
