import type { JourneyStage, JourneyState, JourneySummary } from '@span-links/explorer-api';
import { formatDuration } from '../time/duration.ts';
import { nanosBetween } from '../time/instant.ts';

export const STATE_WORDS: Readonly<Record<JourneyState, string>> = {
  waiting: 'Waiting',
  overdue: 'Overdue',
  failed: 'Failed',
  undone: 'Failed, undone',
  refused: 'Refused',
  cut: 'Incomplete',
  running: 'Running',
  settling: 'Arriving',
  done: 'Done',
};

export const STATE_MEANINGS: Readonly<Record<JourneyState, string>> = {
  waiting: 'Something that usually follows has not come yet.',
  overdue: 'It waits for more than three times as long as it ever took.',
  failed: 'A step failed, and no later attempt succeeded.',
  undone: 'A step failed, and other steps took back what had been done.',
  refused: 'The first request was answered with 4xx, and nothing followed.',
  cut: 'Part of it is not here: never received, or dropped.',
  running: 'A span has come in whose parent has not.',
  settling: 'Spans of it came in a moment ago.',
  done: 'Everything that usually follows has taken place.',
};

/** The end of an id is more useful than its beginning: ids of one minute begin alike. */
export function shortValue(value: string): string {
  return value.length > 14 ? `…${value.slice(-8)}` : value;
}

/** The name of a journey: its item, or its first operation. */
export function journeyTitle({ item, path, journeyId }: JourneySummary): string {
  if (item) return `${item.key} ${item.value}`;
  return path[0]?.operation ?? journeyId;
}

/** True for a wait that a reader should notice. Other waits are an arrow. */
export function isLongWait(waitNs: number, totalNs: number): boolean {
  return waitNs >= 1e9 || waitNs >= totalNs / 10;
}

/** `process-batch (24)`: a fan-in with the number of its sources; `authorize ×2`: several units. */
export function stageName({ operation, sources, count }: JourneyStage): string {
  const name = operation === '' ? 'no name' : operation;
  if (sources > 1) return `${name} (${sources})`;
  return count > 1 ? `${name} ×${count}` : name;
}

/** One line under the path: why it failed, what it waits for, or what ran in parallel. */
export function journeyNote(journey: JourneySummary, nowMs: number): string {
  const { state, message, waitingFor, beside, path } = journey;
  if (message !== null) {
    const stage = [...path, ...beside].find((one) => one.failed > 0 && one.message === message);
    return stage ? `${stage.operation}: ${message}` : message;
  }
  if (waitingFor) {
    const waited = nanosBetween(waitingFor.since, `${nowMs}000000`);
    const forWhat = waitingFor.operation ?? 'someone to take it';
    return `${state === 'overdue' ? 'overdue after' : 'waiting'} ${formatDuration(Math.max(0, waited))} for ${forWhat}`;
  }
  if (beside.length === 0) return '';
  const names = beside.slice(0, 3).map(stageName).join(', ');
  return `also ${names}${beside.length > 3 ? ` and ${beside.length - 3} more` : ''}`;
}

/** The whole critical path as a sentence, for tooltips and screen readers. */
export function pathSentence({ path }: JourneySummary): string {
  return path
    .map((stage, place) => {
      const wait = place > 0 ? `waited ${formatDuration(stage.waitNs)}, ` : '';
      const own = stage.ownNs === null ? '' : `, of which own ${formatDuration(stage.ownNs)}`;
      return `${wait}${stageName(stage)} ${formatDuration(stage.durationNs)}${own}`;
    })
    .join(', then ');
}
