import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { explorerMcpServer } from '../mcp/mcp-server.ts';
import { readsOverHttp } from '../mcp/reads-over-http.ts';
import type { ExplorerAddress } from './explorer-client.ts';
import type { Terminal } from './terminal.ts';

/**
 * Serves the tools over standard input and output, with data of a running explorer, until the input
 * ends.
 */
export async function serveMcp(address: ExplorerAddress, terminal: Terminal): Promise<number> {
  const reads = readsOverHttp(address);
  const ended = new Promise<void>((resolve) => process.stdin.once('close', resolve).once('end', resolve));
  const connection = serveStdio(() => explorerMcpServer(reads, address.url), {
    onerror: (error) => terminal.line(`span-links-explorer mcp: ${error.message}`),
  });
  await ended;
  await connection.close();
  return 0;
}
