import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { adminQuery, checkDatabaseName } from './admin-connection.ts';
import { errorCode } from './embedded-postgres-error.ts';

/** How long a template that others are connected to is waited for. */
const TEMPLATE_LIMIT_MS = 15_000;

/**
 * Copies a database of a server that may belong to another process: a suite's set-up owns the server, its test files clone.
 * Waits a while for connections to the template to close.
 *
 * @param serverUrl any database of the server but the template.
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
      // 55006: somebody is connected to the template, if only another clone.
      if (errorCode(error) !== '55006' || Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
