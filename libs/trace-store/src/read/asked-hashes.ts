import { hashOperation, hashResource, hashScope, hashService } from '../filter/operation-hash.ts';
import { AttributeHashes } from '../write/attribute-hash.ts';
import { LIST_MARK } from '../write/hash-attributes.ts';
import { listOrMap, plainNumber, type AttributeTerm } from './attribute-condition.ts';

/** One hash of an attribute. A filter needs both halves. */
export interface AskedHash {
  /** Unsigned: chooses the bucket. */
  readonly upper: number;
  readonly lower: number;
}

/**
 * The hashes of a term with `=`. A span or event that fulfils the term has one of them. They are
 * the hashes of the results of `equalDocuments`.
 */
export function askedHashes({ key, values }: Pick<AttributeTerm, 'key' | 'values'>): AskedHash[] {
  const hashes = new AttributeHashes(values.length * 2);
  for (const value of values) {
    hashes.string(key, value);
    const number = plainNumber(value);
    if (number !== undefined) hashes.number(key, Number(number));
    if (value === 'true' || value === 'false') hashes.boolean(key, value === 'true');
    if (listOrMap(value) !== undefined) hashes.string(key, LIST_MARK);
  }
  return askedOf(hashes);
}

/** The hashes of resources and scopes. A span with one of them has one of the hashes. */
export function askedOwners(resources: readonly number[], scopes: readonly number[]): AskedHash[] {
  const hashes = new AttributeHashes();
  for (const id of resources) hashResource(hashes, id);
  for (const id of scopes) hashScope(hashes, id);
  return askedOf(hashes);
}

/**
 * Each hash costs a look at each filter (4 µs). A term with more alternatives narrows nothing down.
 */
export const MAX_ASKED = 64;

/** An operation as the dictionary has it. */
export interface KnownOperation {
  readonly id: number;
  readonly service: string;
}

/**
 * The hashes of operations. A span of one of them has one of the hashes. If there are many
 * operations, the hashes are those of their services.
 */
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
