// Requests that are small on the wire and would be large in memory, all below 16 MiB unpacked.
import { gzipSync } from 'node:zlib';

const MOST_BYTES = 16 * 1024 * 1024 - 1_000;

/** A length-delimited field of protobuf. */
function field(number, content) {
  const length = [];
  for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
    length.push(rest < 128 ? rest : (rest & 127) | 128);
    if (rest < 128) break;
  }
  return Buffer.concat([Buffer.from([8 * number + 2, ...length]), content]);
}

const empty = (number, bytes = MOST_BYTES) =>
  Buffer.alloc(2 * Math.floor(bytes / 2), Buffer.from([8 * number + 2, 0]));
const inSpan = (content) => field(1, field(2, field(2, content)));

const protobuf = {
  'empty resourceSpans': empty(1),
  'empty scopeSpans': field(1, empty(2)),
  'empty spans': field(1, field(2, empty(2))),
  'empty attributes': inSpan(empty(9)),
  'empty events': inSpan(empty(11)),
  'empty links': inSpan(empty(13)),
  'empty list entries': inSpan(field(9, field(2, field(5, empty(1))))),
  'empty map entries': inSpan(field(9, field(2, field(6, empty(1))))),
  'empty resource attributes': field(1, field(1, empty(1))),
  'empty ids': inSpan(empty(1)),
  'an unknown field of zeros': field(15, Buffer.alloc(MOST_BYTES)),
};

function text(before, item, after, bytes = MOST_BYTES) {
  const count = Math.floor((bytes - before.length - after.length) / (item.length + 1));
  return Buffer.from(`${before}${`${item},`.repeat(count - 1)}${item}${after}`);
}
const spanText = (before, item, after) =>
  text(`{"resourceSpans":[{"scopeSpans":[{"spans":[{${before}`, item, `${after}}]}]}]}`);

const json = {
  'empty spans': text('{"resourceSpans":[{"scopeSpans":[{"spans":[', '{}', ']}]}]}'),
  'empty resourceSpans': text('{"resourceSpans":[', '{}', ']}'),
  'empty attributes': spanText('"attributes":[', '{}', ']'),
  'empty links': spanText('"links":[', '{}', ']'),
  brackets: Buffer.alloc(MOST_BYTES, '['),
  'unknown lists': text('{"other":[', '[]', ']}'),
};

/** Each of them with gzip, and those in JSON also as they are. */
export function bombs() {
  const made = [];
  for (const [name, body] of Object.entries(protobuf)) {
    const contentType = 'application/x-protobuf';
    made.push({ name: `protobuf, ${name}, gzip`, contentType, packing: 'gzip', body: gzipSync(body) });
  }
  for (const [name, body] of Object.entries(json)) {
    const contentType = 'application/json';
    made.push({ name: `JSON, ${name}`, contentType, packing: undefined, body });
    made.push({ name: `JSON, ${name}, gzip`, contentType, packing: 'gzip', body: gzipSync(body) });
  }
  const spread = spread50_000();
  made.push({
    name: 'protobuf, 50,000 spans just within the limits, gzip',
    contentType: 'application/x-protobuf',
    packing: 'gzip',
    body: gzipSync(spread),
  });
  const liar = gzipSync(protobuf['an unknown field of zeros']);
  liar.writeUInt32LE(0, liar.length - 4);
  made.push({
    name: 'gzip that states a length of 0',
    contentType: 'application/x-protobuf',
    packing: 'gzip',
    body: liar,
  });
  const multi = Buffer.concat([gzipSync(protobuf['an unknown field of zeros']), gzipSync(Buffer.alloc(0))]);
  made.push({
    name: 'gzip with an empty last member',
    contentType: 'application/x-protobuf',
    packing: 'gzip',
    body: multi,
  });
  return made;
}

/** What the limits let pass: as many spans, links and attributes as may be, without ids. */
function spread50_000() {
  const span = Buffer.concat([empty(13, 8), empty(9, 22)]);
  return field(1, field(2, Buffer.concat(Array(50_000).fill(field(2, span)))));
}
