import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { JsonDocuments, type JsonElement, type JsonFault } from './json-documents.ts';

interface Read {
  readonly elements: (Omit<JsonElement, 'json'> & { readonly json: string })[];
  readonly faults: JsonFault[];
  readonly documents: number;
}

function read(text: string, cuts: readonly number[] = [], maxElementBytes = 1_000): Read {
  const elements: Read['elements'] = [];
  const faults: JsonFault[] = [];
  let documents = 0;
  const parser = new JsonDocuments(
    {
      element: ({ json, ...rest }) => elements.push({ ...rest, json: json.toString('utf8') }),
      fault: (fault) => faults.push(fault),
      document: () => documents++,
    },
    maxElementBytes,
  );
  const bytes = Buffer.from(text);
  const places = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  places.slice(1).forEach((end, index) => parser.feed(bytes.subarray(places[index], end)));
  parser.end();
  return { elements, faults, documents };
}

describe('a stream of JSON documents', () => {
  it('passes on the elements of known lists, with their lines', () => {
    const text =
      '{"resourceSpans":[{"a":1},{"b":"]}"}]}\n\n{"batches":[{"c":[{}]}]}\n{"data":[{"d":"\\""}],"total":1}';
    expect(read(text)).toEqual({
      elements: [
        { list: 'resourceSpans', json: '{"a":1}', line: 1 },
        { list: 'resourceSpans', json: '{"b":"]}"}', line: 1 },
        { list: 'batches', json: '{"c":[{}]}', line: 3 },
        { list: 'data', json: '{"d":"\\""}', line: 4 },
      ],
      faults: [],
      documents: 3,
    });
  });

  it('reads a document over many lines, one in a wrapper, and an array of documents', () => {
    const text =
      '[\n{"result": {\n "resourceSpans" : [ {\n"x": 1\n} ] } },\n{"trace":{"resourceSpans":[{}]}}\n]';
    const { elements, faults, documents } = read(text);
    expect(elements).toEqual([
      { list: 'resourceSpans', json: '{\n"x": 1\n}', line: 3 },
      { list: 'resourceSpans', json: '{}', line: 6 },
    ]);
    expect([faults, documents]).toEqual([[], 2]);
  });

  it('ignores lists of the same name at a deeper level or in strings', () => {
    const text =
      '{"x":{"data":[{"no":1}]},"y":[{"batches":[{"no":2}]}],"z":"\\"data\\":[{","data":[{"yes":1}]}';
    expect(read(text).elements.map(({ json }) => json)).toEqual(['{"yes":1}']);
  });

  it('reports the keys of an unknown document', () => {
    const text = '{"resourceLogs":[{"a":1}]}\n{"foo":1,"bar":{"resourceSpans":[]}}\n{}';
    expect(read(text).faults).toEqual([
      { line: 1, message: expect.stringContaining('"resourceLogs"') as string, keys: ['resourceLogs'] },
      { line: 2, message: expect.stringContaining('"foo", "bar"') as string, keys: ['foo', 'bar'] },
    ]);
  });

  it.each([
    ['a line that breaks off', '{"data":[{"a":1},{"b":', 'breaks off'],
    ['a line that breaks off in a string', '{"data":[{"a":1},{"b":"x', 'not closed'],
    ['a line that is no JSON', 'data: [{"a":1}]', 'not a JSON object'],
    ['a bracket too many', '{"data":[{"a":1}]}}', 'never opened'],
    ['a string', '"data"', 'not a JSON object'],
  ])('%s affects only itself', (_, line, message) => {
    const { elements, faults } = read(`{"data":[{"first":1}]}\n${line}\n{"data":[{"last":1}]}\n`);
    expect(elements.map(({ json }) => json)).toEqual(expect.arrayContaining(['{"first":1}', '{"last":1}']));
    expect(faults).toEqual([{ line: 2, message: expect.stringContaining(message) as string }]);
  });

  it('reports that the file ends too early', () => {
    expect(read('{"data":[{"a":1},\n').faults).toEqual([
      { line: 1, message: 'the file ends within a document' },
    ]);
  });

  it('skips an element that is too large, and holds none of it', () => {
    const { elements, faults } = read(`{"data":[{"a":"${'x'.repeat(2_000)}"},{"b":1}]}`, [700, 1_400]);
    expect(elements.map(({ json }) => json)).toEqual(['{"b":1}']);
    expect(faults).toEqual([{ line: 1, message: expect.stringContaining('at most 1000') as string }]);
  });

  it('is the same for any chunks', () => {
    const documents = fc.array(
      fc.record({
        name: fc.constantFrom('resourceSpans', 'batches', 'data', 'other'),
        list: fc.array(fc.dictionary(fc.string(), fc.jsonValue())),
      }),
    );
    fc.assert(
      fc.property(documents, fc.boolean(), fc.array(fc.nat(10_000)), (made, isPretty, cuts) => {
        const text = made
          .map(
            ({ name, list }) =>
              `${JSON.stringify({ before: [{}], [name]: list, after: { data: [] } }, null, isPretty ? 1 : 0)}\n`,
          )
          .join('');
        const whole = read(text, [], 1_000_000);
        expect(read(text, cuts, 1_000_000)).toEqual(whole);
        const known = made.filter(({ name }) => name !== 'other');
        expect(whole.elements.map(({ json }) => JSON.parse(json) as unknown)).toEqual(
          JSON.parse(JSON.stringify(known.flatMap(({ list }) => list))),
        );
        expect([whole.documents, whole.faults.length]).toEqual([made.length, made.length - known.length]);
      }),
    );
  });

  it('ends for any input', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('{', '}', '[', ']', '"', '\\', ':', ',', '\n', '"data"', 'x') }),
        (text) => {
          read(text);
        },
      ),
    );
  });
});
