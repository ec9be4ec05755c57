import { shortValue } from '../journeys/journey-text.ts';
import { UNRESOLVED } from '../links/unresolved.ts';
import { formatDuration } from '../time/duration.ts';
import { formatInstant, nanosBetween } from '../time/instant.ts';
import type { ShownNode } from './shown-graph.ts';

/** The text of a box. */
export interface NodeText {
  /** With `telling` at its end. */
  readonly title: string;
  /** The value that tells it from others of its kind; '' if there is none. */
  readonly telling: string;
  readonly subtitle: string;
  readonly facts: string;
  readonly errors: string;
  /** The error message, if there is one. */
  readonly message?: string;
}

export function nodeText(node: ShownNode): NodeText {
  switch (node.kind) {
    case 'trace': {
      const { root, startTime, durationNs, spanCount, errorCount, error, telling } = node;
      const facts = [formatInstant(startTime), formatDuration(durationNs), counted(spanCount, 'span')];
      const value = telling === undefined ? '' : shortValue(telling.value);
      return {
        title: `${root.name || 'no name'}${value && ` ${value}`}`,
        telling: value,
        subtitle: `${root.service}${root.received ? '' : ' · root not received'}`,
        facts: facts.join(' · '),
        errors: errorsOf(errorCount),
        ...(error !== null && error.message !== null && { message: error.message }),
      };
    }
    case 'fold':
      return {
        title: `${node.traceCount.toLocaleString('en')} ${node.isRest ? 'more' : '×'} ${node.name || 'no name'}`,
        telling: '',
        subtitle: node.service,
        facts: `${formatInstant(node.startTime)} · within ${formatDuration(nanosBetween(node.startTime, node.endTime))}`,
        errors: node.errorCount > 0 ? `${node.errorCount.toLocaleString('en')} with errors` : '',
      };
    case 'unresolved':
      return {
        title: `${counted(node.traceCount, 'trace')} ${UNRESOLVED[node.reason].short}`,
        telling: '',
        subtitle: 'Linked to, but not here',
        facts: idsOf(node.traceIds, node.traceCount),
        errors: '',
      };
  }
}

/** The whole text as one sentence, for the name of the box and the line of details. */
export function nodeSentence(node: ShownNode): string {
  const { title, subtitle, facts, errors, message = '' } = nodeText(node);
  const telling = node.kind === 'trace' && node.telling ? `${node.telling.key} ${node.telling.value}` : '';
  const reason = node.kind === 'unresolved' ? UNRESOLVED[node.reason].sentence : '';
  return [title, telling, subtitle, facts, errors, message, reason].filter((part) => part !== '').join(' · ');
}

function idsOf(traceIds: readonly string[], traceCount: number): string {
  const shown = traceIds.slice(0, 2).map((id) => id.slice(0, 8));
  return `${shown.join(', ')}${traceCount > shown.length ? ', …' : ''}`;
}

function errorsOf(count: number): string {
  return count > 0 ? counted(count, 'error') : '';
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`;
}
