import { hashOperation, hashService } from '../filter/operation-hash.ts';
import { AttributeHashes } from '../write/attribute-hash.ts';
import { plainNumber, type AttributeTerm } from './attribute-condition.ts';

/** One hash of an attribute; the filter of a block is asked by both halves. */
export interface AskedHash {
  /** Unsigned: chooses the bucket. */
  readonly upper: number;
  readonly lower: number;
}

/** What a span has to have one of to fulfil a term with `=`: the hashes of what `equalDocuments` makes of its values. */
export function askedHashes({ key, values }: AttributeTerm): AskedHash[] {
  const hashes = new AttributeHashes(values.length * 2);
  for (const value of values) {
    hashes.string(key, value);
    const number = plainNumber(value);
    if (number !== undefined) hashes.number(key, Number(number));
    if (value === 'true' || value === 'false') hashes.boolean(key, value === 'true');
  }
  return askedOf(hashes);
}

/** Each costs a look at each filter (4 µs). What can be one of more narrows nothing down. */
export const MAX_ASKED = 64;

/** An operation as the dictionary has it. */
export interface KnownOperation {
  readonly id: number;
  readonly service: string;
}

/** What a span of one of these operations has one of; of many operations, the services have to do. */
export function askedOperations(operations: readonly KnownOperation[]): AskedHash[] {
  const hashes = new AttributeHashes();
  if (operations.length <= MAX_ASKED) {
    for (const { id } of operations) hashOperation(hashes, id);
  } else {
    for (const service of new Set(operations.map((operation) => operation.service)))
      hashService(hashes, service);
  }
  return askedOf(hashes);
}

function askedOf(hashes: AttributeHashes): AskedHash[] {
  return Array.from({ length: hashes.length / 2 }, (_, n) => ({
    upper: hashes.values[n * 2]! >>> 0,
    lower: hashes.values[n * 2 + 1]!,
  }));
}
