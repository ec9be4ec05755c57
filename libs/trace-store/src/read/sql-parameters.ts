import { storableText } from '../write/storable-text.ts';

/**
 * The parameters of one statement that consists of fixed fragments. Values only get into a
 * statement through this class, each with its type, so no text of a user is ever part of the SQL.
 */
export class SqlParameters {
  readonly values: unknown[] = [];

  bigint(value: bigint | string | number): string {
    return this.#add(String(value), 'bigint');
  }

  bigints(values: readonly string[]): string {
    return this.#add(values, 'bigint[]');
  }

  integers(values: readonly number[]): string {
    return this.#add(values, 'int[]');
  }

  smallints(values: readonly number[]): string {
    return this.#add(values, 'smallint[]');
  }

  numeric(value: string): string {
    return this.#add(value, 'numeric');
  }

  text(value: string): string {
    return this.#add(storableText(value), 'text');
  }

  texts(values: readonly string[]): string {
    return this.#add(values.map(storableText), 'text[]');
  }

  jsonb(text: string): string {
    return this.#add(text, 'jsonb');
  }

  traceId(hex: string): string {
    return this.#add(hex, 'uuid');
  }

  traceIds(hex: readonly string[]): string {
    return this.#add(hex, 'uuid[]');
  }

  spanId(hex: string): string {
    return this.#add(Buffer.from(hex, 'hex'), 'bytea');
  }

  spanIds(hex: readonly string[]): string {
    return this.#add(
      hex.map((id) => Buffer.from(id, 'hex')),
      'bytea[]',
    );
  }

  #add(value: unknown, type: string): string {
    this.values.push(value);
    return `$${this.values.length}::${type}`;
  }
}
