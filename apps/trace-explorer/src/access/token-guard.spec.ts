import { expect, it } from 'vitest';
import { TokenGuard } from './token-guard.ts';

const TOKEN = 'the-right-token-of-this-explorer';

function guard() {
  const clock = { now: 1_000_000 };
  const lines: string[] = [];
  return {
    clock,
    lines,
    guard: new TokenGuard(
      TOKEN,
      (line) => lines.push(line),
      () => clock.now,
    ),
  };
}

it('locks out a sender that guesses, and no other, and lets it in again after a minute', () => {
  const { clock, guard: one } = guard();
  for (let n = 0; n < 11; n++) expect(one.check(`wrong-${n}`, '10.0.0.1', '/')).toBe('wrong');
  expect(one.check(TOKEN, '10.0.0.1', '/')).toBe('guessing');
  expect(one.check(TOKEN, '10.0.0.2', '/')).toBe('right');
  clock.now += 60_001;
  expect(one.check(TOKEN, '10.0.0.1', '/')).toBe('right');
});

it('does not treat one repeated wrong token as guessing', () => {
  const { guard: one } = guard();
  for (let n = 0; n < 1_000; n++) expect(one.check('old-token', '10.0.0.1', '/v1/traces')).toBe('wrong');
  expect(one.check(TOKEN, '10.0.0.1', '/v1/traces')).toBe('right');
});

it('logs wrong tokens once a minute, without the token', () => {
  const { clock, lines, guard: one } = guard();
  for (let n = 0; n < 500; n++) one.check(`secret-${n}`, '10.0.0.1', '/\u001b[2J');
  clock.now += 60_000;
  one.check('secret', '10.0.0.1', '/x');
  expect(lines).toHaveLength(2);
  expect(lines[0]).toBe(
    String.raw`refused 1 request with a wrong token; the last came from "10.0.0.1" for "/\u001b[2J"`,
  );
  expect(lines[1]).toContain('refused 500 requests');
  expect(lines.join('')).not.toContain('secret');
});

it('remembers a bounded number of senders', () => {
  const { guard: one } = guard();
  for (let n = 0; n < 20_000; n++) one.check('wrong', `sender ${n}`, '/');
  expect(one.check(TOKEN, 'sender 19999', '/')).toBe('right');
});

it('issues cookies that are valid for twelve hours, are renewed after one, and cannot be forged', () => {
  const { clock, guard: one } = guard();
  const { value } = one.newCookie();
  expect(one.checkCookie(value)).toBe('new');
  clock.now += 3_601_000;
  expect(one.checkCookie(value)).toBe('old');
  clock.now += 11 * 3_600_000;
  expect(one.checkCookie(value)).toBe('invalid');
  const [madeAt = '', signature = ''] = one.newCookie().value.split('.');
  for (const forged of ['', madeAt, `${Number(madeAt) + 5}.${signature}`, `${madeAt}.${'0'.repeat(64)}`]) {
    expect(one.checkCookie(forged)).toBe('invalid');
  }
  expect(new TokenGuard('another token', () => undefined).checkCookie(one.newCookie().value)).toBe('invalid');
});
