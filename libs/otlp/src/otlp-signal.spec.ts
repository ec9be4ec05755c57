import { describe, expect, it } from 'vitest';
import { otlpEncodingOf } from './otlp-signal.ts';

describe('otlpEncodingOf', () => {
  it.each([
    ['application/x-protobuf', 'protobuf'],
    ['application/json', 'json'],
    ['Application/JSON; charset=utf-8', 'json'],
    ['application/json+x', undefined],
    ['text/plain', undefined],
    ['', undefined],
    [undefined, undefined],
  ])('reads %j as %s', (contentType, encoding) => {
    expect(otlpEncodingOf(contentType)).toBe(encoding);
  });
});
