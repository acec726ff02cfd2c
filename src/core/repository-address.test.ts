import { describe, expect, it } from 'vitest';
import { readHost, removeCredentials } from './repository-address.ts';

const SECRET = 'ghp_not4you';

describe('the address of a remote', () => {
  it.each([
    [`https://${SECRET}@git.example.com/shop/trips`, 'https://git.example.com/shop/trips'],
    [
      `https://ci:${SECRET}@git.example.com:8443/shop/trips.git`,
      'https://git.example.com:8443/shop/trips.git',
    ],
    [`https://ci:p@${SECRET}@git.example.com/shop/trips`, 'https://git.example.com/shop/trips'],
    [
      `https://git.example.com/shop/trips?private_token=${SECRET}`,
      'https://git.example.com/shop/trips',
    ],
    [`https://git.example.com/shop/trips#${SECRET}`, 'https://git.example.com/shop/trips'],
    [`HTTPS://u:${SECRET}@git.example.com/x`, 'HTTPS://git.example.com/x'],
    [`ci:${SECRET}@git.example.com:shop/trips`, 'ci@git.example.com:shop/trips'],
    ['git@git.example.com:shop/trips.git', 'git@git.example.com:shop/trips.git'],
    ['ssh://git@git.example.com/shop/trips', 'ssh://git.example.com/shop/trips'],
    ['/srv/git/trips', '/srv/git/trips'],
  ])('keeps no secret: %s', (url, kept) => {
    expect(removeCredentials(url)).toBe(kept);
    expect(removeCredentials(url)).not.toContain(SECRET);
  });

  it.each([
    ['https://git.example.com/shop/trips', 'git.example.com'],
    ['ssh://git@git.example.com:22/shop/trips', 'git.example.com'],
    ['git@git.example.com:shop/trips', 'git.example.com'],
    ['https://[::1]:3000/shop/trips', '[::1]'],
    ['/srv/git/trips', null],
    ['trips', null],
  ])('names the code host: %s', (url, host) => {
    expect(readHost(url)).toBe(host);
  });
});
