import { createHash } from 'node:crypto';
import { findAttribute, type Resource, type Scope } from '@span-links/otlp';
import { readSql } from '../sql.ts';
import { Dictionary, type DictionaryEntry } from './dictionary.ts';
import { ExactParts, typedAttributes } from './exact-json.ts';
import { plainJsonText } from './plain-json.ts';
import { storableText } from './storable-text.ts';

// Limits memory, because a sender may put a number into every name.
const CACHED_RESOURCES = 2_000;
const CACHED_SCOPES = 2_000;
const CACHED_OPERATIONS = 20_000;

/** PostgreSQL's largest `int`. */
export const MAX_INT32 = 0x7fff_ffff;

/** The data that spans share. */
export class Dictionaries {
  readonly resources = new Dictionary(statement('add-resources'), CACHED_RESOURCES);
  readonly scopes = new Dictionary(statement('add-scopes'), CACHED_SCOPES);
  readonly operations = new Dictionary(statement('add-operations'), CACHED_OPERATIONS);

  resource(resource: Resource, schemaUrl: string): DictionaryEntry {
    // Typed, so that 1 and 1.0 are two resources.
    const attributes = typedAttributes(resource.attributes);
    const key = JSON.stringify([attributes, resource.droppedAttributesCount, schemaUrl]);
    return this.resources.entry(key, () => {
      const { json, isExact } = plainJsonText(resource.attributes);
      const exact = new ExactParts();
      if (!isExact) exact.add('attributes', attributes);
      const url = textColumn(schemaUrl, 'schemaUrl', exact);
      const dropped = countColumn(resource.droppedAttributesCount, 'droppedAttributesCount', exact);
      return {
        digest: sha256(key),
        columns: [serviceOf(resource), json, exact.json(), dropped, url],
      };
    });
  }

  scope(scope: Scope, schemaUrl: string): DictionaryEntry {
    const attributes = typedAttributes(scope.attributes);
    const key = JSON.stringify([
      scope.name,
      scope.version,
      attributes,
      scope.droppedAttributesCount,
      schemaUrl,
    ]);
    return this.scopes.entry(key, () => {
      const { json, isExact } = plainJsonText(scope.attributes);
      const exact = new ExactParts();
      if (!isExact) exact.add('attributes', attributes);
      const name = textColumn(scope.name, 'name', exact);
      const version = textColumn(scope.version, 'version', exact);
      const url = textColumn(schemaUrl, 'schemaUrl', exact);
      const dropped = countColumn(scope.droppedAttributesCount, 'droppedAttributesCount', exact);
      return { digest: sha256(key), columns: [name, version, json, exact.json(), dropped, url] };
    });
  }

  /** @param name without characters that Postgres cannot hold. */
  operation(service: string, name: string, kind: number): DictionaryEntry {
    const key = `${kind}:${service.length}:${service}${name}`;
    return this.operations.entry(key, () => ({ digest: sha256(key), columns: [service, name, kind] }));
  }
}

/**
 * The service name of a resource without one, as OpenTelemetry's resource conventions define it.
 */
const UNKNOWN_SERVICE = 'unknown_service';

/**
 * The stored `service.name` of a resource. It is never empty, so it can be searched and clicked.
 */
export function serviceOf(resource: Resource): string {
  const service = findAttribute(resource.attributes, 'service.name');
  const isSimple = typeof service === 'string' || typeof service === 'bigint' || typeof service === 'number';
  return isSimple ? storableText(String(service)) || UNKNOWN_SERVICE : UNKNOWN_SERVICE;
}

/** The text as the column can hold it. The sent text goes to `exact` if it differs. */
export function textColumn(text: string, name: string, exact: ExactParts): string {
  const storable = storableText(text);
  if (storable !== text) exact.add(name, text);
  return storable;
}

/** The uint32 as an `int` column can hold it. The sent number goes to `exact` if it differs. */
export function countColumn(count: number, name: string, exact: ExactParts): number {
  if (count <= MAX_INT32) return count;
  exact.add(name, count);
  return MAX_INT32;
}

function statement(name: string): { name: string; text: string } {
  return { name, text: readSql(name) };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text, 'utf8').digest();
}
