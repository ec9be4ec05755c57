import type { AddressInfo } from 'node:net';
import { type AppModule, createHttpApp, type HttpAppOptions, ServiceLogger } from '../src/index.ts';

/** An app of the shell that listens on a free port, with its log. */
export interface AppUnderTest extends AsyncDisposable {
  url: string;
  port: number;
  logged: string[];
}

export async function listenWith(
  module: AppModule,
  options: Partial<HttpAppOptions> = {},
): Promise<AppUnderTest> {
  const logged: string[] = [];
  const log = new ServiceLogger({ name: 'test', write: (text) => logged.push(text) });
  const app = await createHttpApp({
    module,
    log,
    openApi: { title: 'Test', description: 'An app' },
    ...options,
  });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    logged,
    [Symbol.asyncDispose]: async () => {
      app.getHttpServer().closeAllConnections();
      await app.close();
    },
  };
}
