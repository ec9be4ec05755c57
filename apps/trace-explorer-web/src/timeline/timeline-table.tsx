import { Link } from '@tanstack/react-router';
import { nodeText } from '../graph/node-text.ts';
import frame from '../picture/picture-frame.module.css';
import { formatDuration } from '../time/duration.ts';
import type { Lane } from './lanes.ts';
import type { ArrowEnd } from './link-arrows.ts';
import type { Timeline } from './use-timeline.ts';

/** The timeline in words: the times of the traces, and the wait of each link. */
export function TimelineTable({ timeline: { lanes, arrows } }: { timeline: Timeline }) {
  const byId = new Map(lanes.map((lane) => [lane.node.id, lane]));
  return (
    <div className={frame.tables}>
      <table className={frame.table}>
        <caption>{lanes.length} lanes, in time order</caption>
        <thead>
          <tr>
            <th scope="col">Trace</th>
            <th scope="col">Service</th>
            <th scope="col">Since the first</th>
            <th scope="col">Duration</th>
          </tr>
        </thead>
        <tbody>
          {lanes.map((lane) => (
            <tr key={lane.node.id}>
              <td>
                <LaneName lane={lane} />
              </td>
              <td>{nodeText(lane.node).subtitle}</td>
              <td>{formatDuration(lane.startNs)}</td>
              <td>{formatDuration(lane.endNs - lane.startNs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <table className={frame.table}>
        <caption>{arrows.length} arrows</caption>
        <thead>
          <tr>
            <th scope="col">Bears the link</th>
            <th scope="col">Its target</th>
            <th scope="col">Between them</th>
          </tr>
        </thead>
        <tbody>
          {arrows.map(({ bearer, target, gapNs }) => (
            <tr key={`${bearer.laneId} ${bearer.spanId} ${target.laneId} ${target.spanId}`}>
              <td>{endName(bearer, byId)}</td>
              <td>{endName(target, byId)}</td>
              <td>{gapText(gapNs)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function LaneName({ lane: { node, isFocus, reasons } }: { lane: Lane }) {
  const why = reasons.length > 0 ? ` (${reasons.join(', ')})` : '';
  const title = `${nodeText(node).title}${isFocus ? ' (this trace)' : why}`;
  if (node.kind !== 'trace') return title;
  return (
    <Link to="/trace/$traceId" params={{ traceId: node.traceId }} search={{ spanId: node.root.spanId }}>
      {title}
    </Link>
  );
}

function endName({ laneId, spanId }: ArrowEnd, lanes: ReadonlyMap<string, Lane>) {
  const lane = lanes.get(laneId);
  if (!lane) return '';
  const span = lane.bars.find((bar) => bar.span.spanId === spanId)?.span;
  if (!span) return nodeText(lane.node).title;
  return (
    <Link to="/trace/$traceId" params={{ traceId: span.traceId }} search={{ spanId: span.spanId }}>
      {span.name || 'no name'}
    </Link>
  );
}

function gapText(gapNs: number | null): string {
  if (gapNs === null) return 'not known';
  return gapNs < 0 ? 'they overlap' : `${formatDuration(gapNs)} waiting`;
}
