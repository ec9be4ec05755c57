import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { adminQuery, checkDatabaseName } from './admin-connection.ts';
import { errorCode } from './embedded-postgres-error.ts';

/** How long to wait for other connections to a template to close. */
const TEMPLATE_LIMIT_MS = 15_000;

/**
 * Copies a database of a server that may belong to another process: the set-up of a suite owns the server, and its test
 * files clone. Waits a while for connections to the template to close.
 *
 * @param serverUrl any database of the server except the template.
 * @returns the copy's URL.
 */
export async function cloneDatabase(
  serverUrl: string,
  template: string,
  name = `test_${randomBytes(8).toString('hex')}`,
): Promise<string> {
  checkDatabaseName(name);
  const names = `${pg.escapeIdentifier(name)} TEMPLATE ${pg.escapeIdentifier(template)}`;
  const deadline = Date.now() + TEMPLATE_LIMIT_MS;
  for (;;) {
    try {
      await adminQuery(serverUrl, `CREATE DATABASE ${names} STRATEGY file_copy`);
      const copy = new URL(serverUrl);
      copy.pathname = `/${encodeURIComponent(name)}`;
      return copy.href;
    } catch (error) {
      // 55006: something is connected to the template, perhaps only another clone.
      if (errorCode(error) !== '55006' || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
