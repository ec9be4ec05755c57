import type { WaitHistory, WaitPage } from '@span-links/explorer-api';
import { Link, useNavigate } from '@tanstack/react-router';
import { useMemo, useState, type KeyboardEvent, type MouseEvent } from 'react';
import { serviceColour } from '../service/service-colour.ts';
import { formatDuration } from '../time/duration.ts';
import { formatInstantShortly } from '../time/instant.ts';
import { useAge } from '../time/use-age.ts';
import { cellRange, heatmapOf, waitTicks, type Cell } from './heatmap.ts';
import { minutesOf, rate, share } from './map-graph.ts';
import styles from './waits-page.module.css';

const WIDTH = 600;
const PLOT = 132;
const BARS = 34;

/** The waits between two operations: figures, a heatmap, and arrivals compared with pick-ups. */
export function WaitCard({ history, page }: { readonly history: WaitHistory; readonly page: WaitPage }) {
  const { link, from, to } = history;
  const minutes = minutesOf(page);
  const title = `${from.operation} ⇢ ${to.operation}`;
  return (
    <article className={styles.card} aria-label={title}>
      <header className={styles.cardHead}>
        <h2>
          <End end={from} /> <span className={styles.arrow}>⇢</span> <End end={to} />
        </h2>
        <p className={styles.facts}>
          {link.relation !== '' && <span>{link.relation}</span>}
          <span>{rate(link.count, minutes)}</span>
          {link.errors > 0 && (
            <span className={styles.failed}>✗ {share(link.errors, link.count)} failed</span>
          )}
          <Link to="/" search={{ link: link.id }} className={styles.all}>
            Journeys
          </Link>
        </p>
      </header>
      <dl className={styles.figures}>
        {(
          [
            ['p50', link.p50Ns],
            ['p95', link.p95Ns],
            ['most', link.maxNs],
          ] as const
        ).map(([name, ns]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{formatDuration(ns)}</dd>
          </div>
        ))}
      </dl>
      <WaitingNow history={history} page={page} />
      <Charts history={history} page={page} title={title} />
    </article>
  );
}

function End({ end: { service, operation } }: { readonly end: WaitHistory['from'] }) {
  return (
    <span className={styles.end} title={`${operation} of ${service}`}>
      <span className={styles.colour} style={{ background: serviceColour(service) }} />
      {operation || '(no name)'}
    </span>
  );
}

/** The journeys that wait for this hand-off now. */
function WaitingNow({
  history: { from, to },
  page,
}: {
  readonly history: WaitHistory;
  readonly page: WaitPage;
}) {
  const waiting = page.waiting.find(
    (one) =>
      one.from?.service === from.service &&
      one.from.operation === from.operation &&
      one.to?.service === to.service &&
      one.to.operation === to.operation,
  );
  if (!waiting) return <p className={styles.nobody}>Nothing waits now.</p>;
  return (
    <p className={styles.waiting}>
      <Link to="/" search={{ q: 'journey.state=waiting,overdue' }}>
        {waiting.count.toLocaleString('en')} {waiting.count === 1 ? 'waits' : 'wait'} now
      </Link>
      , the{' '}
      <Link to="/journey/$journeyId" params={{ journeyId: waiting.journeyId }}>
        oldest
      </Link>{' '}
      since <Age since={waiting.oldest} />
    </p>
  );
}

function Age({ since }: { readonly since: string }) {
  return useAge(since).replace(' ago', '');
}

interface ChartsProps {
  readonly history: WaitHistory;
  readonly page: WaitPage;
  readonly title: string;
}

function Charts(props: ChartsProps) {
  const { history, page } = props;
  const [at, setAt] = useState<Cell>();
  return (
    <figure className={styles.charts}>
      <HeatmapPlot {...props} at={at} onAt={setAt} />
      <Arrivals history={history} columns={page.columns} />
      <figcaption className={styles.caption}>
        <span>{minuteOf(page.from)}</span>
        <span className={styles.at}>{cellText(page, at) || 'A click on a cell shows its journeys.'}</span>
        <span>{minuteOf(page.to)}</span>
      </figcaption>
    </figure>
  );
}

/** Time goes to the right, waits go up, and more messages have a stronger colour. */
function HeatmapPlot({
  history,
  page,
  title,
  at,
  onAt,
}: ChartsProps & { readonly at: Cell | undefined; readonly onAt: (cell: Cell | undefined) => void }) {
  const { cells, firstBucket, lastBucket } = useMemo(() => heatmapOf(history), [history]);
  const navigate = useNavigate();
  const rows = lastBucket - firstBucket + 1;
  const column = WIDTH / page.columns;
  const row = PLOT / rows;
  const open = (cell: Cell | undefined) =>
    cell && void navigate({ to: '/', search: { link: history.link.id, ...cellRange(page, cell) } });
  const cellUnder = (event: MouseEvent<SVGSVGElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    const place = Math.floor(((event.clientX - box.left) / box.width) * page.columns);
    const bucket = lastBucket - Math.floor(((event.clientY - box.top) / box.height) * rows);
    return cells.find((cell) => cell.column === place && cell.bucket === bucket);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Enter') return open(at);
    const next = nextCell(cells, at, event.key);
    if (!next) return;
    event.preventDefault();
    onAt(next);
  };
  return (
    <div className={styles.plot}>
      <Ticks bucketsNs={page.bucketsNs} firstBucket={firstBucket} lastBucket={lastBucket} />
      <svg
        className={styles.heatmap}
        viewBox={`0 0 ${WIDTH} ${PLOT}`}
        preserveAspectRatio="none"
        style={{ height: PLOT }}
        role="application"
        tabIndex={0}
        aria-label={`Waits of ${title} over time. The arrow keys go from cell to cell, Enter shows the journeys. ${cellText(page, at)}`}
        onPointerMove={(event) => onAt(cellUnder(event))}
        onPointerLeave={() => onAt(undefined)}
        onBlur={() => onAt(undefined)}
        onClick={(event) => open(cellUnder(event))}
        onKeyDown={onKeyDown}
      >
        {cells.map((cell) => (
          <rect
            key={`${cell.column} ${cell.bucket}`}
            className={styles.cell}
            data-active={cell === at || undefined}
            x={cell.column * column + 0.5}
            y={(lastBucket - cell.bucket) * row + 0.5}
            width={column - 1}
            height={row - 1}
            fillOpacity={cell.strength}
          />
        ))}
      </svg>
    </div>
  );
}

function Ticks({
  bucketsNs,
  firstBucket,
  lastBucket,
}: Pick<WaitPage, 'bucketsNs'> & { readonly firstBucket: number; readonly lastBucket: number }) {
  return (
    <div className={styles.ticks} aria-hidden="true">
      {waitTicks(bucketsNs, firstBucket, lastBucket + 1).map(({ ns, bucket }) => (
        <span
          key={ns}
          style={{ bottom: `${(100 * (bucket - firstBucket)) / (lastBucket - firstBucket + 1)}%` }}
        >
          {formatDuration(ns)}
        </span>
      ))}
    </div>
  );
}

function nextCell(cells: readonly Cell[], at: Cell | undefined, key: string): Cell | undefined {
  const step = key === 'ArrowRight' ? 1 : key === 'ArrowLeft' ? -1 : 0;
  if (step === 0 || cells.length === 0) return undefined;
  const place = cells.findIndex((cell) => cell.column === at?.column && cell.bucket === at.bucket);
  return cells[(place + step + cells.length) % cells.length];
}

function minuteOf(unixNs: string): string {
  return formatInstantShortly(unixNs).replace(/:\d\d(\.\d+)?$/, '');
}

/** Arrivals (up) and pick-ups (down) in each column, on one scale. */
function Arrivals({
  history: { arrived, pickedUp },
  columns,
}: {
  readonly history: WaitHistory;
  readonly columns: number;
}) {
  const most = Math.max(1, ...arrived, ...pickedUp);
  const width = WIDTH / columns;
  const sum = (counts: readonly number[]) =>
    counts.reduce((total, count) => total + count, 0).toLocaleString('en');
  const text = `${sum(arrived)} arrived, ${sum(pickedUp)} picked up`;
  const bars = (counts: readonly number[], isUp: boolean) =>
    counts.map((count, place) => {
      const size = (count / most) * (BARS / 2 - 1);
      return (
        <rect
          key={place}
          x={place * width + 0.5}
          y={isUp ? BARS / 2 - size : BARS / 2}
          width={width - 1}
          height={size}
          className={isUp ? styles.arrived : styles.pickedUp}
        />
      );
    });
  return (
    <div className={styles.plot}>
      <p className={styles.sums}>
        <span className={styles.arrivedKey}>{sum(arrived)} arrived</span>
        <span className={styles.pickedUpKey}>{sum(pickedUp)} picked up</span>
      </p>
      <svg
        className={styles.arrivals}
        viewBox={`0 0 ${WIDTH} ${BARS}`}
        preserveAspectRatio="none"
        style={{ height: BARS }}
        role="img"
        aria-label={text}
      >
        {bars(arrived, true)}
        {bars(pickedUp, false)}
      </svg>
    </div>
  );
}

function cellText(page: WaitPage, cell: Cell | undefined): string {
  if (!cell) return '';
  const { linkFrom, waitFrom, waitTo } = cellRange(page, cell);
  const count = `${cell.count.toLocaleString('en')} ${cell.count === 1 ? 'message' : 'messages'}`;
  return `${count} picked up at ${minuteOf(`${linkFrom}000000`)} after ${formatDuration(waitFrom)} to ${formatDuration(waitTo)}`;
}
