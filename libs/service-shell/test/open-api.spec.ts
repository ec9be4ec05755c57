import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HealthModule } from '../src/index.ts';
import { type AppUnderTest, listenWith } from './app-under-test.ts';

let app: AppUnderTest;
beforeAll(async () => {
  app = await listenWith(HealthModule.forRoot({ ready: [] }), {
    openApi: { title: 'Orders', description: 'Takes orders', version: '1.2.3' },
  });
});
afterAll(() => app[Symbol.asyncDispose]());

describe('the API documentation', () => {
  it('has the document as JSON', async () => {
    const response = await fetch(`${app.url}/docs-json`);

    expect(response.headers.get('content-type')).toContain('application/json');
    const document = (await response.json()) as { openapi: string; info: unknown; paths: object };
    expect(document.openapi).toMatch(/^3\./);
    expect(document.info).toMatchObject({ title: 'Orders', description: 'Takes orders', version: '1.2.3' });
    expect(Object.keys(document.paths)).toEqual(['/health/live', '/health/ready']);
  });

  it('is a page that loads everything from this service, so that it works offline', async () => {
    const html = await (await fetch(`${app.url}/docs`)).text();

    expect(html).toContain('<title>Orders</title>');
    const references = [...html.matchAll(/(?:src|href)=['"]([^'"]+)['"]/g)].map((match) => match[1] ?? '');
    expect(references.length).toBeGreaterThanOrEqual(5);
    for (const reference of references) {
      const target = new URL(reference, `${app.url}/docs`);
      expect(target.origin).toBe(app.url);
      const response = await fetch(target);
      expect([reference, response.status]).toEqual([reference, 200]);
      await response.arrayBuffer();
    }
  });

  it('has no script in the page, so the security policy needs no exception', async () => {
    const response = await fetch(`${app.url}/docs`);

    expect(await response.text()).not.toMatch(/<script>|<script [^>]*>[^<\s]/);
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(response.headers.get('content-security-policy')).not.toContain('upgrade-insecure-requests');
  });
});
