import { PortTakenError, startPostmaster, type Postmaster, type PostmasterOptions } from './postmaster.ts';
import { freePort } from './server-port.ts';

const MAX_ATTEMPTS = 3;

/** Starts a server at the wanted port (0 for any), or at a free one if that is taken. */
export async function startAtFreePort(
  options: Omit<PostmasterOptions, 'port'>,
  wanted: number,
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startPostmaster({ ...options, port: await freePort(attempt === 1 ? wanted : 0) });
    } catch (error) {
      // Another program took the port between the check and its use.
      if (!(error instanceof PortTakenError) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
