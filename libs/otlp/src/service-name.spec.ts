import { expect, it } from 'vitest';
import { encodeByReference } from '../test/reference-codec.ts';
import { serviceNameIn } from './service-name.ts';

const requestOf = (name: string) => ({
  resourceSpans: [
    {
      resource: { attributes: [{ key: 'service.name', value: name }], droppedAttributesCount: 0 },
      scopeSpans: [],
      schemaUrl: '',
    },
  ],
});

it('finds the name of the service in the first bytes of either encoding', () => {
  expect(serviceNameIn(encodeByReference(requestOf('orders-äpi')))).toBe('orders-äpi');
  const json =
    '{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name", "value": {"stringValue":"a\\"b"}}';
  expect(serviceNameIn(Buffer.from(json))).toBe('a"b');
});

it('finds no name in bytes that have none, or that end too early', () => {
  const bytes = encodeByReference(requestOf('orders'));
  for (let length = 0; length < bytes.length; length++)
    expect(serviceNameIn(bytes.subarray(0, length))).toBeUndefined();
  for (const text of [
    '',
    'service.name',
    '"service.name"',
    '"service.name","value":{"stringValue":"x',
    '{"intValue":1}',
  ]) {
    expect(serviceNameIn(Buffer.from(text))).toBeUndefined();
  }
});
