import type { Server } from 'node:http';
import type { ExplorerSettings } from '../config.ts';
import type { Explorer, ExplorerLog } from '../explorer.ts';
import { answerHttp2 } from './http2-on-http.ts';

export interface GrpcSettings extends Pick<ExplorerSettings, 'host' | 'grpcPort' | 'isGrpcPortGiven'> {
  /**
   * Uses a free port if the default port is taken and was not set explicitly. Default: runs without
   * gRPC.
   */
  readonly takesFreePort?: boolean;
}

/**
 * Listens for OTLP/gRPC, and redirects its clients that use the port of OTLP/HTTP.
 *
 * @returns its address; `undefined` if the port is taken, was not set explicitly, and no free one
 * is wanted instead
 * @throws if the port was set explicitly and is taken
 */
export async function listenGrpc(
  { grpc, intake }: Explorer,
  http: Server,
  settings: GrpcSettings,
  log: Pick<ExplorerLog, 'warn'> | undefined,
): Promise<string | undefined> {
  const { host, grpcPort, isGrpcPortGiven, takesFreePort = false } = settings;
  let address: string | undefined;
  try {
    const port = await grpc.listen(grpcPort, host).catch((error: unknown) => {
      if (!isPortTaken(error) || isGrpcPortGiven || !takesFreePort) throw error;
      log?.warn(`port ${grpcPort} for OTLP/gRPC is taken, so a free one is used`);
      return grpc.listen(0, host);
    });
    address = `http://${host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '[::1]' : host}:${port}`;
  } catch (error) {
    if (!isPortTaken(error)) throw error;
    const advice = `port ${grpcPort} for OTLP/gRPC is taken: stop what listens there, or set EXPLORER_GRPC_PORT to another port (0 takes a free one)`;
    if (isGrpcPortGiven) throw new Error(advice, { cause: error });
    log?.warn(`${advice}. OTLP/HTTP is not affected`);
  }
  const message = () =>
    address === undefined
      ? 'This port takes OTLP/HTTP. OTLP/gRPC is not served here: its port was taken at the start.'
      : `This port takes OTLP/HTTP. OTLP/gRPC goes to ${address}; or set OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf.`;
  answerHttp2(http, message, (socket) =>
    intake.reject(
      'other',
      { status: 400, message: message(), headers: {}, reason: 'wrong_protocol' },
      {
        protocol: 'grpc',
        status: 'GOAWAY',
        sender: socket.remoteAddress ?? 'an unknown address',
        service: undefined,
        userAgent: undefined,
      },
    ),
  );
  return address;
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}
