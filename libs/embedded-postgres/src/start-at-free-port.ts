import { PortTakenError, startPostmaster, type Postmaster, type PostmasterOptions } from './postmaster.ts';
import { freePort } from './server-port.ts';

const MAX_ATTEMPTS = 3;

/** Starts a server at the port wanted, 0 for any, or at a free one when that is taken. */
export async function startAtFreePort(
  options: Omit<PostmasterOptions, 'port'>,
  wanted: number,
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startPostmaster({ ...options, port: await freePort(attempt === 1 ? wanted : 0) });
    } catch (error) {
      // Somebody was faster between the look for a free port and its use.
      if (!(error instanceof PortTakenError) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
