import type { Server } from 'node:http';
import type { Socket } from 'node:net';

const SETTINGS = 4;
const GOAWAY = 7;
const BAD_REQUEST = 'HTTP/1.1 400 Bad Request\r\nconnection: close\r\ncontent-length: 0\r\n\r\n';

/**
 * Answers clients that speak HTTP/2 to the HTTP/1 port, like OTLP/gRPC exporters with the wrong
 * port. The answer is a GOAWAY whose text names the correct port. HTTP/1's "400 Bad Request" would
 * reach users as "Failed parsing HTTP/2".
 *
 * @param message for the client
 * @param onWrongProtocol is called for each such connection
 */
export function answerHttp2(
  server: Server,
  message: () => string,
  onWrongProtocol: (socket: Socket) => void,
): void {
  server.on('clientError', (error: Error & { code?: string; rawPacket?: Buffer }, stream) => {
    const socket = stream as Socket;
    if (error.code === 'ECONNRESET' || !socket.writable) return void socket.destroy();
    if (error.rawPacket?.toString('latin1', 0, 14) !== 'PRI * HTTP/2.0') return void socket.end(BAD_REQUEST);
    onWrongProtocol(socket);
    const text = Buffer.from(message());
    const goAway = Buffer.alloc(8);
    // Last stream 0: nothing was processed. Error 0x0d: use HTTP/1.1.
    goAway.writeUInt32BE(0x0d, 4);
    socket.end(
      Buffer.concat([frame(SETTINGS, Buffer.alloc(0)), frame(GOAWAY, Buffer.concat([goAway, text]))]),
    );
  });
}

/** RFC 9113, section 4.1; for the connection as a whole. */
function frame(type: number, payload: Buffer): Buffer {
  const header = Buffer.alloc(9);
  header.writeUIntBE(payload.length, 0, 3);
  header.writeUInt8(type, 3);
  return Buffer.concat([header, payload]);
}
