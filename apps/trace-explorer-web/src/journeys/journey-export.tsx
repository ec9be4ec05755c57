import type { JourneyView } from '@span-links/explorer-api';
import { pictureFacts, serviceLegend } from '../picture/caption-parts.ts';
import { drawOffPage } from '../picture/draw-off-page.ts';
import { ExportButtons } from '../picture/export-buttons.tsx';
import { selfContainedSvg, type PictureCaption } from '../picture/self-contained-svg.ts';
import { formatDuration } from '../time/duration.ts';
import { JourneyPicture } from './journey-picture.tsx';
import { journeyTitle, pathSentence, STATE_WORDS } from './journey-text.ts';

/** Saves the journey as a picture. The page shows it as rows with links, which no file can hold. */
export function JourneyExport({ view }: { readonly view: JourneyView }) {
  const { summary } = view;
  const file = () =>
    drawOffPage(<JourneyPicture view={view} />, (svg) => selfContainedSvg(svg, captionOf(view)));
  return (
    <ExportButtons
      file={file}
      picture={{ kind: 'journey', name: summary.path[0]?.operation ?? '', traceId: summary.journeyId }}
    />
  );
}

function captionOf({ summary, units }: JourneyView): PictureCaption {
  const { journeyId, path, startTime, state, totalNs, waitNs } = summary;
  const spanId = path[0]?.spanId;
  return {
    title: `Journey of ${journeyTitle(summary)}`,
    description: pathSentence(summary),
    facts: [
      ...pictureFacts({ trace: journeyId, ...(spanId !== undefined && { span: spanId }) }, startTime),
      `${STATE_WORDS[state].toLowerCase()}, took ${formatDuration(totalNs)}, of which waited ${formatDuration(waitNs)}`,
    ],
    legend: [
      ...serviceLegend(units.map(({ service }) => service)),
      { text: 'wait, from the end of its source to its start', colour: 'var(--link)', mark: 'dashes' },
      { text: 'Bold names are on the critical path. Torn strips are idle and cut short.' },
    ],
  };
}
