import { attributeText, type SpanDetail, type TraceView } from '@span-links/explorer-api';
import { Link } from '@tanstack/react-router';
import { formatDuration } from '../time/duration.ts';
import { formatInstantInZone, formatInstantExactly, nanosBetween } from '../time/instant.ts';
import { CopyButton } from './copy-button.tsx';
import styles from './overview-tab.module.css';
import { explainFlags, formatFlags } from './span-flags.ts';

interface OverviewTabProps {
  readonly span: SpanDetail;
  readonly trace: TraceView;
}

/** The span at a glance. */
export function OverviewTab({ span, trace }: OverviewTabProps) {
  const end = span.endTime;
  return (
    <div className={styles.tab}>
      {span.statusMessage !== '' && (
        <p className={styles.message} data-status={span.status}>
          {span.statusMessage}
        </p>
      )}
      <dl className={styles.facts}>
        <Fact name="Duration">
          <Duration span={span} trace={trace} />
        </Fact>
        <Fact name="Start">
          <Instant time={span.startTime} trace={trace} /> <SentStart span={span} />
        </Fact>
        <Fact name="End">
          <Instant time={end} trace={trace} />
        </Fact>
        <Fact name="Status">
          <span className={styles.status} data-status={span.status}>
            {span.status}
          </span>
        </Fact>
        <Fact name="Kind">{span.kind}</Fact>
        <Fact name="Parent">
          <Parent span={span} trace={trace} />
        </Fact>
        <Fact name="Span ID">
          <SpanId span={span} />
        </Fact>
        <Fact name="Trace ID">
          <Code text={span.traceId} name="trace ID" />
        </Fact>
        {span.traceState !== '' && (
          <Fact name="Trace state">
            <Code text={span.traceState} name="trace state" />
          </Fact>
        )}
        <Fact name="Flags">
          <code>{formatFlags(span.flags)}</code>{' '}
          <span className={styles.quiet}>
            {explainFlags(span.flags, span.parentSpanId !== null).join(', ')}
          </span>
        </Fact>
        <Fact name="Scope">
          {span.scope.name || '(no name)'} <span className={styles.quiet}>{span.scope.version}</span>
        </Fact>
        <Fact name="Resource">
          <ResourceSummary span={span} />
        </Fact>
        <Fact name="Received">
          {formatInstantInZone(`${span.receivedAt}000000`)} <Delay span={span} end={end} />
        </Fact>
        <Dropped span={span} />
      </dl>
    </div>
  );
}

function Fact({ name, children }: { readonly name: string; readonly children: React.ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function Code({ text, name }: { readonly text: string; readonly name: string }) {
  return (
    <span className={styles.code}>
      <code>{text}</code>
      <CopyButton text={text} name={name} />
    </span>
  );
}

function Instant({ time, trace }: { readonly time: string; readonly trace: TraceView }) {
  const offset = nanosBetween(trace.summary.startTime, time);
  return (
    <>
      <time title={formatInstantExactly(time)}>{formatInstantInZone(time)}</time>{' '}
      <span className={styles.quiet}>
        {offset < 0 ? '−' : '+'}
        {formatDuration(Math.abs(offset))} in the trace
      </span>
    </>
  );
}

function SpanId({ span }: { readonly span: SpanDetail }) {
  return (
    <>
      <Code text={span.spanId} name="span ID" />{' '}
      {span.sharedSpanId !== undefined && (
        <span className={styles.dropped}>
          made up: it was sent as {span.sharedSpanId}, which another span of this trace has
        </span>
      )}
    </>
  );
}

function SentStart({ span }: { readonly span: SpanDetail }) {
  if (span.sentStartTime === undefined) return null;
  return (
    <span className={styles.dropped}>
      {span.timeProblem === 'no_start'
        ? 'assumed: the span was sent without a start'
        : `assumed: the span was sent with a start in the future, ${formatInstantInZone(span.sentStartTime)}`}
    </span>
  );
}

function Duration({ span, trace }: OverviewTabProps) {
  const ns = nanosBetween(span.startTime, span.endTime);
  if (span.timeProblem === 'no_start') return <span className={styles.dropped}>unknown</span>;
  if (ns < 0) {
    return (
      <span className={styles.dropped}>
        unknown: the span was sent with an end {formatDuration(-ns)} before its start
      </span>
    );
  }
  return (
    <>
      {formatDuration(span.durationNs)} <Share span={span} trace={trace} />
    </>
  );
}

function Share({ span, trace }: OverviewTabProps) {
  const { durationNs } = trace.summary;
  if (durationNs <= 0) return null;
  const percent = (100 * span.durationNs) / durationNs;
  return (
    <span className={styles.quiet}>
      {percent < 0.1 ? 'under 0.1' : Number(percent.toPrecision(3))} % of the trace
    </span>
  );
}

function Parent({ span, trace }: OverviewTabProps) {
  const { parentSpanId, traceId } = span;
  if (parentSpanId === null) return 'none: a root span';
  const parent = trace.spans.find(({ spanId }) => spanId === parentSpanId);
  return (
    <>
      <Link to="/trace/$traceId" params={{ traceId }} search={{ spanId: parentSpanId }} state>
        {parent ? parent.name || '(no name)' : parentSpanId}
      </Link>{' '}
      <span className={styles.quiet}>{parent ? parent.service : 'not received'}</span>
    </>
  );
}

function ResourceSummary({ span }: { readonly span: SpanDetail }) {
  const text = (key: string) => {
    const found = span.resource.attributes.find((attribute) => attribute.key === key);
    return found && attributeText(found);
  };
  const details = [
    text('service.version'),
    text('deployment.environment.name') ?? text('deployment.environment'),
    text('host.name'),
    text('telemetry.sdk.language'),
  ].filter((detail) => detail !== undefined && detail !== '');
  return (
    <>
      {span.service} <span className={styles.quiet}>{details.join(' · ')}</span>
    </>
  );
}

function Delay({ span, end }: { readonly span: SpanDetail; readonly end: string }) {
  const delay = nanosBetween(end, `${span.receivedAt}000000`);
  return (
    <span className={styles.quiet}>
      {delay >= 0 ? `${formatDuration(delay)} after its end` : 'before its end: the clocks differ'}
    </span>
  );
}

function Dropped({ span }: { readonly span: SpanDetail }) {
  const losses = [
    [span.droppedAttributesCount, 'attributes', 'OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT'],
    [span.droppedEventsCount, 'events', 'OTEL_SPAN_EVENT_COUNT_LIMIT'],
    [span.droppedLinksCount, 'links', 'OTEL_SPAN_LINK_COUNT_LIMIT'],
  ] as const;
  return losses
    .filter(([count]) => count > 0)
    .map(([count, what, setting]) => (
      <Fact key={what} name={`Dropped ${what}`}>
        <b className={styles.dropped}>{count.toLocaleString()}</b>{' '}
        <span className={styles.quiet}>
          by the SDK’s limit; raise <code>{setting}</code>
        </span>
      </Fact>
    ));
}
