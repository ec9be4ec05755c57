import { expect, it } from 'vitest';
import { userDataDir } from './user-data-dir.ts';

it('follows the XDG folders on Linux', () => {
  const home = '/home/me';
  expect(userDataDir({ platform: 'linux', home })).toBe('/home/me/.local/share/span-links/explorer');
  expect(userDataDir({ platform: 'linux', home, dataHome: '/data' })).toBe('/data/span-links/explorer');
  expect(userDataDir({ platform: 'linux', home, dataHome: 'data' })).toBe(
    '/home/me/.local/share/span-links/explorer',
  );
});

it('follows the conventions of macOS and Windows', () => {
  expect(userDataDir({ platform: 'darwin', home: '/Users/me', dataHome: '/data' })).toBe(
    '/Users/me/Library/Application Support/span-links/explorer',
  );
  expect(userDataDir({ platform: 'win32', home: '/me' })).toBe('/me/AppData/Local/span-links/explorer');
});
