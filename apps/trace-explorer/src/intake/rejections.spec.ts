import { expect, it } from 'vitest';
import { Rejections, type Rejection } from './rejections.ts';

const rejection: Rejection = {
  reason: 'content_encoding',
  protocol: 'http',
  status: '415',
  message: 'send gzip',
  sender: '10.0.0.5',
  service: 'orders\u001b[2J',
  userAgent: undefined,
};

it('logs each reason at once, and then once a minute with the number since', () => {
  let now = 0;
  const lines: string[] = [];
  const rejections = new Rejections(
    (line) => lines.push(line),
    () => now,
  );
  for (; now < 150_000; now += 1_000) {
    rejections.note(rejection);
    rejections.note({ ...rejection, reason: 'unknown_path', status: '404' });
  }
  expect(lines).toHaveLength(6);
  expect(lines[0]).toBe(
    String.raw`rejected 1 OTLP request: unsupported encoding. The last came from "10.0.0.5" (service "orders\u001b[2J") and was answered with HTTP 415: "send gzip"`,
  );
  expect(lines[2]).toContain('rejected 60 OTLP requests: unsupported encoding');
});

it('lists reasons with their counts, and forgets one ten minutes after its last request', () => {
  let now = 1_000;
  const rejections = new Rejections(
    () => undefined,
    () => now,
  );
  for (let n = 0; n < 45; n++) rejections.note(rejection);
  expect(rejections.list()).toMatchObject({
    rejections: [{ title: 'unsupported encoding', count: 45, last: { sender: '10.0.0.5', userAgent: null } }],
  });
  now += 10 * 60_000 + 1;
  expect(rejections.list()).toEqual({ rejections: [] });
});

it('is bounded in reasons and in text', () => {
  const rejections = new Rejections(() => undefined);
  for (let n = 0; n < 1_000; n++)
    rejections.note({ ...rejection, reason: `r${n}`, message: 'x'.repeat(100_000) });
  expect(rejections.list().rejections).toHaveLength(50);
  expect(JSON.stringify(rejections.list()).length).toBeLessThan(50_000);
});

it('lists no character that reverses text or controls a terminal', () => {
  const rejections = new Rejections(() => undefined);
  rejections.note({ ...rejection, service: 'orders\u202eapi\u001b[2J', userAgent: 'sdk\u2066' });
  expect(rejections.list().rejections[0]?.last).toMatchObject({
    service: String.raw`orders\u202eapi\u001b[2J`,
    userAgent: String.raw`sdk\u2066`,
  });
});
