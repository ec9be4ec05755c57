import { randomBytes } from 'node:crypto';
import { hostname, networkInterfaces } from 'node:os';
import type { WorkshopConfig } from './config.ts';
import { openDatabase } from './database.ts';
import { ExplorerProcess } from './explorer.ts';
import type { Terminal } from './terminal.ts';

interface RoomOptions {
  readonly signal: AbortSignal;
  readonly settings: WorkshopConfig;
  readonly terminal: Terminal;
}

/** Starts one explorer that other machines may send to, and tells what they type. @returns the exit code. */
export async function openRoom({ signal, settings, terminal }: RoomOptions): Promise<number> {
  const database = await openDatabase(settings, (line) => terminal.say(line));
  const token = settings.token ?? randomBytes(9).toString('base64url');
  const explorer = new ExplorerProcess({
    databaseUrl: database.url,
    port: settings.explorerPort,
    inherited: settings.inherited,
    env: { EXPLORER_HOST: '0.0.0.0', EXPLORER_TOKEN: token },
  });
  try {
    const { port } = new URL(await explorer.ready());
    const addresses = lanAddresses();
    terminal.say('The room is open. Everyone types, with a name of their own:', '');
    for (const address of addresses)
      terminal.say(
        `  WORKSHOP_ROOM=http://${address}:${port} WORKSHOP_TOKEN=${token} WORKSHOP_NAME=ada npm run workshop`,
      );
    terminal.say(
      '',
      `Everyone opens once  http://${addresses[0] ?? hostname()}:${port}/?token=${token}`,
      'Each person finds their own spans with  resource.service.instance.id=ada',
      'Ctrl-C closes the room.',
    );
    const stopped = new Promise<undefined>((resolve) => {
      if (signal.aborted) resolve(undefined);
      signal.addEventListener('abort', () => resolve(undefined), { once: true });
    });
    const how = await Promise.race([stopped, explorer.ended]);
    if (how === undefined || signal.aborted) return 0;
    terminal.say(`The explorer ended (${how}).`);
    return 1;
  } catch (error) {
    if (signal.aborted) return 0;
    throw error;
  } finally {
    await explorer.stop();
    await database.release();
  }
}

function lanAddresses(): string[] {
  const outer = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family, internal }) => family === 'IPv4' && !internal)
    .map(({ address }) => address);
  return outer.length > 0 ? outer : ['127.0.0.1'];
}
