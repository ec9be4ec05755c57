import type { AttributeHashes } from '../write/attribute-hash.ts';

// An attribute can have these keys too. It is then found in vain.
const OPERATION = '\ufffdoperation';
const SERVICE = '\ufffdservice';
const RESOURCE = '\ufffdresource';
const SCOPE = '\ufffdscope';

/**
 * Adds the hash of an operation to the filter of a block. @param id in the dictionary of
 * operations.
 */
export function hashOperation(hashes: AttributeHashes, id: number): void {
  hashes.number(OPERATION, id);
}

/** Adds the hash of a service. */
export function hashService(hashes: AttributeHashes, service: string): void {
  hashes.string(SERVICE, service);
}

/** Adds the hash of a resource. @param id in the dictionary of resources. */
export function hashResource(hashes: AttributeHashes, id: number): void {
  hashes.number(RESOURCE, id);
}

/** Adds the hash of a scope. @param id in the dictionary of scopes. */
export function hashScope(hashes: AttributeHashes, id: number): void {
  hashes.number(SCOPE, id);
}
