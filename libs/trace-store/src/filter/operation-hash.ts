import type { AttributeHashes } from '../write/attribute-hash.ts';

// Keys that an attribute can have, too: then it is found in vain.
const OPERATION = '\ufffdoperation';
const SERVICE = '\ufffdservice';

/** What the filter of a block says of an operation of its spans, beside their attributes. @param id in the dictionary of operations. */
export function hashOperation(hashes: AttributeHashes, id: number): void {
  hashes.number(OPERATION, id);
}

/** The same of a service. */
export function hashService(hashes: AttributeHashes, service: string): void {
  hashes.string(SERVICE, service);
}
