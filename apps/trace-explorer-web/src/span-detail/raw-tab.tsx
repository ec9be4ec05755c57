import type { SpanDetail } from '@span-links/explorer-api';
import { urlOf } from '../api/client.ts';
import { CopyButton } from './copy-button.tsx';
import styles from './raw-tab.module.css';

/** The span as the API returned it. */
export function RawTab({ span }: { readonly span: SpanDetail }) {
  const json = JSON.stringify(span, null, 2);
  return (
    <div className={styles.tab}>
      <div className={styles.bar}>
        <a href={urlOf(`/traces/${span.traceId}/spans/${span.spanId}`)}>From the API</a>
        <CopyButton text={json} name="span as JSON" label="Copy" />
      </div>
      <pre className={styles.json} tabIndex={0} aria-label="Span as JSON">
        {json}
      </pre>
    </div>
  );
}
