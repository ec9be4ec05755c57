import { expect, it } from 'vitest';
import { HealthModule } from '../src/index.ts';
import { listenWith } from './app-under-test.ts';

const module = HealthModule.forRoot({ ready: [] });

it('handlers that come first see bodies of any type, before the shell handles them', async () => {
  await using app = await listenWith(module, {
    firstHandlers: [
      (request, response, next) => {
        if (request.path !== '/raw') return next();
        request.pipe(response);
      },
    ],
  });
  const response = await fetch(`${app.url}/raw`, {
    method: 'POST',
    body: 'anything',
    headers: { 'content-type': 'application/x-other', origin: 'https://elsewhere.example' },
  });
  expect([response.status, await response.text()]).toEqual([200, 'anything']);
  expect(response.headers.get('content-security-policy')).toBeNull();

  const other = await fetch(`${app.url}/health/live`);
  expect([other.status, other.headers.get('content-security-policy')]).toEqual([200, expect.any(String)]);
});

it('an app completes its API documentation with the parts that Nest cannot know', async () => {
  await using app = await listenWith(module, {
    openApi: {
      title: 'Test',
      description: '',
      amend: (document) => ({
        ...document,
        paths: { ...document.paths, '/raw': { post: { responses: {} } } },
      }),
    },
  });
  const document = (await (await fetch(`${app.url}/docs-json`)).json()) as { paths: object };
  expect(Object.keys(document.paths)).toEqual(['/health/live', '/health/ready', '/raw']);
});
