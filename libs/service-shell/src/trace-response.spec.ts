import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Request, Response } from 'express';
import { describe, expect, it } from 'vitest';
import { traceResponse } from './trace-response.ts';

async function answerOf(traceparent: string | undefined): Promise<Headers> {
  const handle = traceResponse(() => traceparent);
  const server = createServer((request, response) => {
    const fail = () => void response.writeHead(404).end();
    void handle(request as Request, response as Response, fail);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const answer = await fetch(`http://127.0.0.1:${port}`);
  expect(answer.status).toBe(404);
  server.close();
  return answer.headers;
}

describe('the trace of a response', () => {
  it('is named for clients and for scripts of a page, even on failures', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00';
    const headers = await answerOf(traceparent);
    expect(headers.get('traceresponse')).toBe(traceparent);
    expect(headers.get('server-timing')).toBe(`traceparent;desc="${traceparent}"`);
  });

  it('is not named if there is none', async () => {
    const headers = await answerOf(undefined);
    expect(headers.get('traceresponse')).toBeNull();
    expect(headers.get('server-timing')).toBeNull();
  });
});
