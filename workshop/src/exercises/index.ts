import type { Exercise } from '../exercise.ts';
import { fanIn } from './fan-in/check.ts';
import { fanOut } from './fan-out/check.ts';
import { lostTrail } from './lost-trail/check.ts';
import { messages } from './messages/check.ts';
import { production } from './production/check.ts';
import { retries } from './retries/check.ts';

/** In the order of the workshop. */
export const exercises: readonly Exercise[] = [lostTrail, fanIn, fanOut, messages, retries, production];

/** The exercise of this number or id. */
export function exerciseNamed(name: string): Exercise | undefined {
  return exercises.find(({ id }, index) => id === name || String(index + 1) === name);
}
