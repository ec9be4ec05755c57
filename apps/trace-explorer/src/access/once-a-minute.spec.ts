import { expect, it } from 'vitest';
import { OnceAMinute } from './once-a-minute.ts';

it('writes one line a minute, with the number of events since the last line', () => {
  let now = 0;
  const lines: string[] = [];
  const events = new OnceAMinute(
    (line) => lines.push(line),
    () => now,
  );
  const note = () => events.note((count) => `refused ${count} times`);
  note();
  for (now = 1_000; now < 60_000; now += 1_000) note();
  expect(lines).toEqual(['refused 1 times']);
  now = 60_000;
  note();
  expect(lines).toEqual(['refused 1 times', 'refused 60 times']);
});
