import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeByReference } from '../test/reference-codec.ts';
import { tracesRequests } from '../test/traces-arbitrary.ts';
import { countSpans, countSpansProtobuf } from './count-spans.ts';
import { OtlpDecodeError } from './otlp-decode-error.ts';

describe('countSpansProtobuf', () => {
  it('counts all spans and links', () => {
    fc.assert(
      fc.property(tracesRequests, (request) => {
        const spans = request.resourceSpans.flatMap(({ scopeSpans }) =>
          scopeSpans.flatMap((scope) => scope.spans),
        );
        const expected = { spans: spans.length, links: spans.flatMap((span) => span.links).length };
        expect(countSpansProtobuf(encodeByReference(request))).toEqual(expected);
        expect(countSpans(request)).toEqual(expected);
      }),
      { numRuns: 300 },
    );
  });

  it('refuses a request that is cut off', () => {
    expect(() => countSpansProtobuf(Buffer.from([10, 5, 1]))).toThrow(OtlpDecodeError);
  });
});
