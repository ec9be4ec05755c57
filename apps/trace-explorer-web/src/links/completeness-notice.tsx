import type { LinkCompleteness, SpanDetail, SpanSummary } from '@span-links/explorer-api';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { traceQuery } from '../api/queries.ts';
import { completenessText } from './completeness.ts';
import styles from './completeness-notice.module.css';
import { partsOf } from './fan-in-parts.ts';

const MARKS = { ok: '✓', warn: '!', quiet: 'i' } as const;

interface CompletenessNoticeProps {
  readonly completeness: LinkCompleteness;
  readonly span: SpanSummary | SpanDetail;
}

/** Tells if the span has all expected links, and what to do if not. */
export function CompletenessNotice({ completeness, span }: CompletenessNoticeProps) {
  const text = completenessText(completeness, span);
  if (!text) return null;
  return (
    <div className={styles.notice} data-tone={text.tone}>
      <span className={styles.mark} aria-hidden="true">
        {MARKS[text.tone]}
      </span>
      <div>
        <p className={styles.headline}>{text.headline}</p>
        {text.more !== null && <p>{text.more}</p>}
        {completeness.parts > 1 && <Parts span={span} />}
      </div>
    </div>
  );
}

function Parts({ span }: { span: SpanSummary }) {
  const { data } = useQuery(traceQuery(span.traceId));
  const parts = partsOf(span, data?.spans ?? []);
  if (parts.length < 2) return null;
  return (
    <p className={styles.parts}>
      The spans:
      {parts.map((part) =>
        part.spanId === span.spanId ? (
          <span key={part.spanId} aria-current="true">
            {part.name} ({part.linkCount}, this one)
          </span>
        ) : (
          <Link
            key={part.spanId}
            to="/trace/$traceId"
            params={{ traceId: part.traceId }}
            search={{ spanId: part.spanId, tab: 'links' }}
          >
            {part.name} ({part.linkCount})
          </Link>
        ),
      )}
    </p>
  );
}
