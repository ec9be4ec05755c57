import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, InvalidCursorError, SPAN_LIST, TRACE_LIST } from './page-cursor.ts';

describe('a cursor', () => {
  it('returns the key that it was made from', () => {
    const int64 = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
    fc.assert(
      fc.property(int64, int64, (start, id) => {
        expect(decodeCursor(SPAN_LIST, encodeCursor(SPAN_LIST, [start, id]))).toEqual([start, id]);
      }),
    );
  });

  it('of any text is either one of the list or its own kind of error', () => {
    const text = fc.oneof(
      fc.string(),
      fc.json().map((json) => Buffer.from(json).toString('base64url')),
      fc
        .array(fc.string())
        .map((parts) => Buffer.from(JSON.stringify(['t', ...parts])).toString('base64url')),
    );
    fc.assert(
      fc.property(text, (cursor) => {
        expect(() => decodeCursor(TRACE_LIST, cursor)).toThrow(InvalidCursorError);
      }),
    );
  });

  it('of one list is invalid in another', () => {
    const cursor = encodeCursor(SPAN_LIST, ['1', '2']);
    expect(() => decodeCursor(TRACE_LIST, cursor)).toThrow(InvalidCursorError);
  });

  it('has no number that Postgres cannot hold', () => {
    const cursor = encodeCursor(SPAN_LIST, [String(2n ** 63n), '1']);
    expect(() => decodeCursor(SPAN_LIST, cursor)).toThrow(InvalidCursorError);
  });
});
