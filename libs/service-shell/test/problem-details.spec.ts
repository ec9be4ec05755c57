import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import {
  type ArgumentsHost,
  Body,
  Catch,
  Controller,
  type ExceptionFilter,
  ForbiddenException,
  Get,
  Module,
  Param,
  Post,
  Res,
} from '@nestjs/common';
import { APP_FILTER } from '@nestjs/core';
import type { Response } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ProblemException } from '../src/index.ts';
import { type AppUnderTest, listenWith } from './app-under-test.ts';

class DatabaseDown extends Error {}

@Controller('things')
class ThingsController {
  @Post()
  echoLength(@Body() body: unknown): { length: number } {
    return { length: JSON.stringify(body ?? null).length };
  }

  @Get('forbidden')
  forbidden(): never {
    throw new ForbiddenException('not yours');
  }

  @Get('fields')
  fields(): never {
    throw new ProblemException({
      status: 400,
      detail: '2 fields are wrong.',
      extensions: {
        errors: [
          { pointer: '#/items/0/quantity', detail: 'must be at least 1' },
          { pointer: '#/currency', detail: 'must be three letters' },
        ],
      },
    });
  }

  @Get('broken')
  broken(): never {
    throw new Error('relation "orders" does not exist at /srv/app/db.js');
  }

  @Get('database')
  database(): never {
    throw new DatabaseDown('connect ECONNREFUSED 10.0.0.7:5432');
  }

  @Get('half')
  half(@Res() response: Response): never {
    response.write('half an ans');
    throw new Error('the rest is lost');
  }

  @Get('by-id/:id')
  byId(@Param('id') id: string): { id: string } {
    return { id };
  }
}

@Module({ controllers: [ThingsController] })
class ThingsModule {}

const LIMIT_BYTES = 1000;
let app: AppUnderTest;

beforeAll(async () => {
  app = await listenWith(ThingsModule, {
    bodyLimitBytes: LIMIT_BYTES,
    mapError: (error) =>
      error instanceof DatabaseDown
        ? new ProblemException({
            status: 503,
            detail: 'The database is away.',
            headers: { 'retry-after': '5' },
            cause: error,
          })
        : undefined,
  });
});
afterAll(() => app[Symbol.asyncDispose]());

async function problemAt(path: string, init: RequestInit = {}) {
  const response = await fetch(`${app.url}${path}`, init);
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  return { response, problem: (await response.json()) as Record<string, unknown> };
}

function post(
  body: string | Buffer,
  headers: Record<string, string> = { 'content-type': 'application/json' },
) {
  return { method: 'POST', body, headers };
}

/** A JSON string in an array, `length` bytes long in all. */
const bodyOf = (length: number): string => `["${'x'.repeat(length - 4)}"]`;

describe('a problem that a handler throws', () => {
  it("has the status and the text of Nest's exception, and the path without its query", async () => {
    const { response, problem } = await problemAt('/things/forbidden?token=abc');

    expect(response.status).toBe(403);
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Forbidden',
      status: 403,
      detail: 'not yours',
      instance: '/things/forbidden',
    });
  });

  it('names every wrong field', async () => {
    const { problem } = await problemAt('/things/fields');

    expect(problem).toMatchObject({
      status: 400,
      errors: [
        { pointer: '#/items/0/quantity', detail: 'must be at least 1' },
        { pointer: '#/currency', detail: 'must be three letters' },
      ],
    });
  });

  it('reveals nothing of an unexpected error, and logs it once with its stack', async () => {
    app.logged.length = 0;

    const { response, problem } = await problemAt('/things/broken');

    expect(response.status).toBe(500);
    expect(problem).toEqual({
      type: 'about:blank',
      title: 'Internal Server Error',
      status: 500,
      instance: '/things/broken',
    });
    expect(app.logged).toHaveLength(1);
    expect(app.logged[0]).toMatch(
      /ERROR test {2}\[Problem\] GET \/things\/broken answered 500\n\s+Error: relation .*\n\s+at /,
    );
  });

  it("is the result of the app's mapper for its own errors, logged in one line", async () => {
    app.logged.length = 0;

    const { response, problem } = await problemAt('/things/database');

    expect(response.status).toBe(503);
    expect(response.headers.get('retry-after')).toBe('5');
    expect(problem).toMatchObject({ title: 'Service Unavailable', detail: 'The database is away.' });
    expect(JSON.stringify(problem)).not.toContain('ECONNREFUSED');
    expect(app.logged).toHaveLength(1);
    expect(app.logged[0]).toMatch(/WARN {2}test {2}\[Problem\] GET \/things\/database answered 503: .*\n$/);
  });

  it('breaks the connection if half an answer is already on its way', async () => {
    const response = await fetch(`${app.url}/things/half`);

    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow('terminated');
  });

  it('has no body for HEAD', async () => {
    const response = await fetch(`${app.url}/things/forbidden`, { method: 'HEAD' });

    expect(response.status).toBe(403);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.text()).toBe('');
  });
});

describe('a request for a missing path or method', () => {
  it('is answered 404 on an unknown path', async () => {
    const { response, problem } = await problemAt('/nothing/here?x=1');

    expect(response.status).toBe(404);
    expect(problem).toMatchObject({ title: 'Not Found', instance: '/nothing/here' });
  });

  it('is answered 405 with the allowed methods, for a method without a route', async () => {
    const { response, problem } = await problemAt('/things/forbidden', { method: 'DELETE' });

    expect(response.status).toBe(405);
    expect(response.headers.get('allow')).toBe('GET, HEAD, OPTIONS');
    expect(problem).toMatchObject({
      title: 'Method Not Allowed',
      detail: expect.stringContaining('DELETE') as string,
    });
  });

  it('gets the allowed methods from OPTIONS', async () => {
    const response = await fetch(`${app.url}/things`, { method: 'OPTIONS' });

    expect(response.status).toBe(204);
    expect(response.headers.get('allow')).toBe('POST, OPTIONS');
  });

  it('is answered 404 by OPTIONS on an unknown path', async () => {
    const { response } = await problemAt('/nothing', { method: 'OPTIONS' });

    expect(response.status).toBe(404);
  });

  it('is answered 400 if the path has invalid percent-encoding', async () => {
    const { response } = await problemAt('/things/by-id/%FF');

    expect(response.status).toBe(400);
  });
});

describe('a body', () => {
  it('may be as long as the limit', async () => {
    const response = await fetch(`${app.url}/things`, post(bodyOf(LIMIT_BYTES)));

    expect(response.status).toBe(201);
    expect(await response.json()).toEqual({ length: LIMIT_BYTES });
  });

  it('is refused with 413 one byte above the limit', async () => {
    const { response, problem } = await problemAt('/things', post(bodyOf(LIMIT_BYTES + 1)));

    expect(response.status).toBe(413);
    expect(problem).toMatchObject({
      title: 'Payload Too Large',
      detail: 'The body is larger than 1000 bytes.',
      limitBytes: LIMIT_BYTES,
      instance: '/things',
    });
  });

  it('is measured after decompression', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };

    const within = await fetch(`${app.url}/things`, post(gzipSync(bodyOf(LIMIT_BYTES)), headers));
    const { response } = await problemAt('/things', post(gzipSync(bodyOf(LIMIT_BYTES + 1)), headers));

    expect(within.status).toBe(201);
    expect(response.status).toBe(413);
  });

  it('is also refused above the limit if it comes in chunks', async () => {
    const upload = request(`${app.url}/things`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    upload.write(bodyOf(LIMIT_BYTES));
    upload.end(' ');
    const [response] = (await once(upload, 'response')) as [IncomingMessage];
    response.resume();

    expect(response.statusCode).toBe(413);
  });

  it.each(['{"a":', '{a:1}', 'null', '"text"', '{"a":1}}'])(
    'is refused with 400 if it is no JSON: %s',
    async (body) => {
      const { response, problem } = await problemAt('/things', post(body));

      expect(response.status).toBe(400);
      expect(problem['detail']).toMatch(/^The body is not valid JSON: /);
    },
  );

  it.each([
    ['an unknown charset', { 'content-type': 'application/json; charset=klingon' }, /charset "KLINGON"/],
    ['another charset than UTF', { 'content-type': 'application/json; charset=latin1' }, /charset "LATIN1"/],
    [
      'an unknown encoding',
      { 'content-type': 'application/json', 'content-encoding': 'rot13' },
      /encoding "rot13"/,
    ],
    ['another type', { 'content-type': 'application/x-www-form-urlencoded' }, /x-www-form-urlencoded; send/],
  ] as const)('is refused with 415 if it has %s', async (_, headers, detail) => {
    const { response, problem } = await problemAt('/things', post('{}', headers));

    expect(response.status).toBe(415);
    expect(problem['detail']).toMatch(detail);
  });

  it('is refused with 415 if it has no type', async () => {
    const { response, problem } = await problemAt('/things', {
      method: 'POST',
      body: new Blob(['{}']),
    });

    expect(response.status).toBe(415);
    expect(problem['detail']).toBe('The body has no Content-Type; send application/json.');
  });

  it('is refused with 400 if it does not match its encoding', async () => {
    const headers = { 'content-type': 'application/json', 'content-encoding': 'gzip' };

    const { response } = await problemAt('/things', post('{}', headers));

    expect(response.status).toBe(400);
  });

  it('may have any JSON type', async () => {
    const response = await fetch(
      `${app.url}/things`,
      post('{}', { 'content-type': 'application/vnd.orders+json' }),
    );

    expect(response.status).toBe(201);
  });

  it('may be missing', async () => {
    const response = await fetch(`${app.url}/things`, { method: 'POST' });

    expect(response.status).toBe(201);
  });

  it('that breaks off affects no other request', async () => {
    app.logged.length = 0;
    const socket = connect(app.port, '127.0.0.1');
    socket.write(
      'POST /things HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"a":',
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();

    const response = await fetch(`${app.url}/things`, post('{}'));

    expect(response.status).toBe(201);
    expect(app.logged).toEqual([]);
  });
});

describe('a page of another site', () => {
  it('cannot post, and gets a problem that says so', async () => {
    const { response } = await problemAt('/things', {
      method: 'POST',
      headers: { 'sec-fetch-site': 'cross-site', origin: 'https://evil.test' },
    });

    expect(response.status).toBe(403);
  });

  it('gets security headers with every answer and never learns which software runs here', async () => {
    for (const path of ['/things/by-id/1', '/nothing', '/things/broken']) {
      const { headers } = await fetch(`${app.url}${path}`);

      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('content-security-policy')).toContain("default-src 'self'");
      expect(headers.get('x-powered-by')).toBeNull();
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
  });
});

describe("an app's own filter", () => {
  @Catch()
  class OwnFilter implements ExceptionFilter {
    catch(_: unknown, host: ArgumentsHost): void {
      host.switchToHttp().getResponse<Response>().status(418).end('own');
    }
  }

  @Module({ controllers: [ThingsController], providers: [{ provide: APP_FILTER, useClass: OwnFilter }] })
  class OwnFilterModule {}

  it('comes before the filter of the shell', async () => {
    await using own = await listenWith(OwnFilterModule);

    expect((await fetch(`${own.url}/things/broken`)).status).toBe(418);
    expect((await fetch(`${own.url}/nothing`)).status).toBe(418);
  });
});

describe('a mapper that fails itself', () => {
  it('is skipped and logged', async () => {
    await using broken = await listenWith(ThingsModule, {
      mapError: () => {
        throw new Error('mapper bug');
      },
    });

    const response = await fetch(`${broken.url}/things/forbidden`);

    expect(response.status).toBe(403);
    expect(broken.logged.join('')).toContain('mapper bug');
  });
});
