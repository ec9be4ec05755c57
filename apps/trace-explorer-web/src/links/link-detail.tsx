import type { LinkDirection, ResolvedLink } from '@span-links/explorer-api';
import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { spanQuery } from '../api/queries.ts';
import { AttributeList } from './attribute-list.tsx';
import { EventList } from './event-list.tsx';
import styles from './link-detail.module.css';
import { linkFlagWords, W3C_FLAGS } from './link-flags.ts';
import { MiniWaterfall } from './mini-waterfall.tsx';
import { RELATION_KEY } from './relation.ts';
import { ShortId } from './short-id.tsx';
import { absenceText } from './unresolved.ts';

interface LinkDetailProps {
  readonly link: ResolvedLink;
  readonly direction: LinkDirection;
}

/**
 * The details under a row: the link, the span at its other end and that span's trace, without
 * leaving this one.
 */
export function LinkDetail({ link, direction }: LinkDetailProps) {
  const { other } = link;
  return (
    <div role="row" data-details="" className={styles.details}>
      <div role="gridcell" className={styles.cell}>
        <div className={styles.column}>
          <OwnPart link={link} direction={direction} />
          {other.resolved && <TargetPart traceId={other.traceId} spanId={other.spanId} />}
        </div>
        {other.resolved ? (
          <div className={styles.column}>
            <MiniWaterfall traceId={other.traceId} spanId={other.spanId} />
          </div>
        ) : (
          <Absence link={link} />
        )}
      </div>
    </div>
  );
}

function OwnPart({ link, direction }: LinkDetailProps) {
  const attributes = link.attributes.filter(({ key }) => key !== RELATION_KEY || link.attributes.length > 1);
  return (
    <section className={styles.part}>
      <h4>{direction === 'out' ? `Link #${link.index}` : `Link #${link.index} of that span`}</h4>
      <p className={styles.line}>
        <span>
          trace <ShortId id={link.traceId} what="trace ID" />
        </span>
        <span>
          span <ShortId id={link.spanId} what="span ID" />
        </span>
        <span>{linkFlagWords(link)}</span>
        {link.traceState !== '' && <span className={styles.state}>tracestate {link.traceState}</span>}
      </p>
      <AttributeList attributes={attributes} empty="The link has no attributes of its own." />
    </section>
  );
}

function TargetPart({ traceId, spanId }: { traceId: string; spanId: string }) {
  const { data, error } = useQuery(spanQuery(traceId, spanId));
  return (
    <>
      <section className={styles.part}>
        <h4>Attributes of the span</h4>
        {data && <AttributeList attributes={data.attributes} empty="The span has no attributes." />}
        {!data && !error && <p className={styles.loading}>Loading…</p>}
        {error && <p className={styles.problem}>{error.message}</p>}
      </section>
      {data && data.events.length > 0 && (
        <section className={styles.part}>
          <h4>Events ({data.events.length})</h4>
          <EventList events={data.events} startTime={data.startTime} />
        </section>
      )}
    </>
  );
}

function Absence({ link }: { link: ResolvedLink }) {
  if (link.other.resolved) return null;
  const { reason } = link.other;
  return (
    <section className={styles.part}>
      <h4>Why the span is not here</h4>
      <p>{absenceText(reason, link.attributes).sentence}</p>
      {reason === 'not_received' && (link.flags & W3C_FLAGS) === 0 && (
        <p>If its sender did not sample it, it never comes: the flags of the link do not say.</p>
      )}
      {reason !== 'invalid' && (
        <p>
          <Link to="/trace/$traceId" params={{ traceId: link.traceId }} preload={false}>
            Open its trace
          </Link>
          {reason === 'not_received' && ' (other spans of it may be here)'}
        </p>
      )}
    </section>
  );
}
