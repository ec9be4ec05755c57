import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import protobuf from 'protobufjs';
import { describe, expect, it } from 'vitest';
import { encodeStatus, encodeTracesResponse } from './otlp-response.ts';

const RpcStatus = new protobuf.Type('Status')
  .add(new protobuf.Field('code', 1, 'int32'))
  .add(new protobuf.Field('message', 2, 'string'));

describe('encodeTracesResponse', () => {
  it('leaves partial success unset if there is nothing to report', () => {
    expect(encodeTracesResponse('protobuf')).toHaveLength(0);
    expect(encodeTracesResponse('protobuf', { rejectedSpans: 0, errorMessage: '' })).toHaveLength(0);
    expect(JSON.parse(Buffer.from(encodeTracesResponse('json')).toString())).toEqual({});
  });

  it.each([
    { rejectedSpans: 7, errorMessage: 'é: no trace ID' },
    { rejectedSpans: 2 ** 40, errorMessage: 'many' },
  ])('is understood by the exporter: %j', (partialSuccess) => {
    expect(
      ProtobufTraceSerializer.deserializeResponse(encodeTracesResponse('protobuf', partialSuccess)),
    ).toEqual({
      partialSuccess,
    });
    // 64-bit numbers are strings in OTLP/JSON.
    expect(JsonTraceSerializer.deserializeResponse(encodeTracesResponse('json', partialSuccess))).toEqual({
      partialSuccess: { ...partialSuccess, rejectedSpans: String(partialSuccess.rejectedSpans) },
    });
  });

  it('carries a warning that rejects nothing', () => {
    const warning = encodeTracesResponse('protobuf', { rejectedSpans: 0, errorMessage: 'old protocol' });
    expect(ProtobufTraceSerializer.deserializeResponse(warning)).toEqual({
      partialSuccess: { errorMessage: 'old protocol' },
    });
  });
});

describe('encodeStatus', () => {
  it('writes a google.rpc.Status', () => {
    const status = { code: 3, message: 'é is no trace ID' };
    expect(RpcStatus.decode(encodeStatus('protobuf', status))).toMatchObject(status);
    expect(JSON.parse(Buffer.from(encodeStatus('json', status)).toString())).toEqual(status);
  });

  it('leaves out missing fields', () => {
    expect(encodeStatus('protobuf', { code: 0, message: '' })).toHaveLength(0);
  });
});
