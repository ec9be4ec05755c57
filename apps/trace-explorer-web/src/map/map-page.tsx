import type { LinkMap } from '@span-links/explorer-api';
import { useQuery } from '@tanstack/react-query';
import { useNavigate, useSearch } from '@tanstack/react-router';
import { useEffect, useMemo, useRef, useState } from 'react';
import { mapQuery } from '../api/map-queries.ts';
import type { MapSearch } from '../app/address.ts';
import type { GraphLayout } from '../graph/graph-layout.ts';
import { layoutGraph } from '../graph/layout-graph.ts';
import { dateWithZone, serviceLegend } from '../picture/caption-parts.ts';
import frame from '../picture/picture-frame.module.css';
import { PictureFrame } from '../picture/picture-frame.tsx';
import { PictureFailure, PictureLoading, PictureNotice } from '../picture/picture-notice.tsx';
import { TimeRangeMenu } from '../trace-list/time-range-menu.tsx';
import { LAST_HOUR } from '../trace-list/time-range.ts';
import { mapLayoutInput, nodeSentence, shownMap, type ShownMap } from './map-graph.ts';
import { MapPicture } from './map-picture.tsx';
import { MapTable } from './map-table.tsx';
import styles from './map-page.module.css';

/**
 * Operations with the calls and links between them: the flow of work, its waits and its failures.
 */
export function MapPage() {
  const { inner, ...given } = useSearch({ from: '/map' });
  const navigate = useNavigate({ from: '/map' });
  const range = Object.keys(given).length > 0 ? given : LAST_HOUR;
  const { data, error, refetch } = useQuery(mapQuery(range));
  const show = (search: MapSearch) => void navigate({ search });
  return (
    <div className={styles.page}>
      <title>Map · Span Links</title>
      <header className={styles.heading}>
        <h1>Map</h1>
        <p className={styles.lead}>{data && factsOf(data)}</p>
        <TimeRangeMenu
          range={range}
          hasAll={false}
          onRange={(next) => show({ ...next, ...(inner && { inner }) })}
        />
      </header>
      <MapBody
        map={data}
        error={error}
        hasInner={inner === 'true'}
        onInner={(isOn) => show({ ...given, ...(isOn && { inner: 'true' as const }) })}
        onRetry={() => void refetch()}
      />
    </div>
  );
}

function factsOf({ nodes, links, pendingSpans, truncated }: LinkMap): string {
  const pending = pendingSpans > 0 ? ` · ${pendingSpans.toLocaleString('en')} spans not counted yet` : '';
  return `${nodes.length} operations, ${links.length} ${links.length === 1 ? 'kind' : 'kinds'} of links${truncated ? ', more not shown' : ''}${pending}`;
}

interface BodyProps {
  readonly map: LinkMap | undefined;
  readonly error: Error | null;
  readonly hasInner: boolean;
  readonly onInner: (isOn: boolean) => void;
  readonly onRetry: () => void;
}

function MapBody({ map, error, hasInner, onInner, onRetry }: BodyProps) {
  const shown = useMemo(() => map && shownMap(map, hasInner), [map, hasInner]);
  const layout = useMapLayout(shown);
  const area = useRef<HTMLDivElement>(null);
  const [sentence, setSentence] = useState<string>();
  const [isTable, setTable] = useState(false);
  if (!map && error) return <PictureFailure error={error} onRetry={onRetry} />;
  if (map?.nodes.length === 0) {
    return (
      <PictureNotice title="Nothing ran in this time">
        <p>The map counts spans by the minute in which they started. Choose a longer time.</p>
      </PictureNotice>
    );
  }
  if (!map || !shown || !layout) return <PictureLoading />;
  return (
    <PictureFrame
      area={area}
      opensAsOverview
      size={layout}
      anchor={{ x: 0, y: layout.height / 2 }}
      picture={{
        kind: 'map',
        title: 'Map of operations, with their calls and links',
        description: describe(shown),
        name: 'operations',
        traceId: '',
        facts: [`${dateWithZone(map.from)} to ${dateWithZone(map.to)}`, factsOf(map)],
        legend: [
          ...serviceLegend(shown.nodes.map(({ service }) => service)),
          { text: 'calls', colour: 'var(--line-strong)', mark: 'line' },
          {
            text: 'links, with their number and how long the work waited',
            colour: 'var(--link)',
            mark: 'dashes',
          },
          { text: 'Arrows point the way the work goes.' },
        ],
      }}
      controls={
        <>
          <button
            type="button"
            className={frame.button}
            aria-pressed={hasInner}
            title="Operations within a service that neither link nor are linked to"
            onClick={() => onInner(!hasInner)}
          >
            {hasInner || shown.hidden === 0 ? 'All operations' : `All operations (${shown.hidden} more)`}
          </button>
          <button
            type="button"
            className={frame.button}
            aria-pressed={isTable}
            onClick={() => setTable(!isTable)}
          >
            As a table
          </button>
        </>
      }
      details={
        <span>
          {sentence ?? 'A click on a box or on the figures of a link shows the journeys behind it.'}
        </span>
      }
      legend={<Legend />}
      table={isTable && <MapTable shown={shown} />}
    >
      {(drawn) => (
        <MapPicture shown={shown} layout={layout} area={area} drawn={drawn} onPoint={setSentence} />
      )}
    </PictureFrame>
  );
}

function Legend() {
  return (
    <>
      <span className={styles.call}>calls</span>
      <span className={styles.link}>links</span>
      <span>
        Arrows point the way the work goes: from the span that is linked to, to the one that links. Figures of
        a link: how many, and how long the work waited.
      </span>
    </>
  );
}

/**
 * Keeps the drawn layout until the next one is ready. If only figures change, nothing moves and
 * nothing is computed.
 */
function useMapLayout(shown: ShownMap | undefined): GraphLayout | undefined {
  const [laidOut, setLaidOut] = useState<{ readonly key: string; readonly layout: GraphLayout }>();
  const [failure, setFailure] = useState<Error>();
  const input = useMemo(() => shown && mapLayoutInput(shown), [shown]);
  // Labels change with each figure, but their width alone moves no box.
  const key = input && JSON.stringify([input.nodes.map(({ id }) => id), input.edges.map((edge) => edge.key)]);
  const laidOutKey = laidOut?.key;
  useEffect(() => {
    if (!input || key === undefined || key === laidOutKey) return;
    let isWanted = true;
    layoutGraph(input).then(
      (layout) => isWanted && setLaidOut({ key, layout }),
      (error: unknown) =>
        isWanted && setFailure(new Error('The map could not be laid out.', { cause: error })),
    );
    return () => {
      isWanted = false;
    };
  }, [input, key, laidOutKey]);
  if (failure !== undefined) throw failure;
  return laidOut?.key === key ? laidOut?.layout : undefined;
}

function describe(shown: ShownMap): string {
  return shown.nodes
    .slice(0, 50)
    .map((node) => nodeSentence(node, shown))
    .join('; ');
}
