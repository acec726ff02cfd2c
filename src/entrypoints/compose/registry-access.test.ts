import { expect, it } from 'vitest';
import { parseRegistryAccess } from './registry-access.ts';

const HEAD = 'apiVersion: waybill.dev/v1\nkind: RegistryAccess\n';
const GRANT = 'grants:\n  - { repositories: ["shop/*"], users: [ci], rights: [pull, push] }\n';
const TOKEN = `{ name: bot, sha256: ${'a'.repeat(64)}, expires: 2027-01-01T00:00:00Z }`;

it('a document of rights is read with tokens, quotas and tags that stay', () => {
  const quota = 'quotas: [{ repositories: ["*"], bytes: 10 }]\n';
  const tags = 'immutableTags: [{ repositories: ["shop/*"], tags: signed }]\n';
  expect(parseRegistryAccess(`${HEAD}${GRANT}tokens: [${TOKEN}]\n${quota}${tags}`)).toMatchObject({
    ok: true,
    value: {
      grants: [{ repositories: ['shop/*'], users: ['ci'], rights: ['pull', 'push'] }],
      tokens: [{ name: 'bot', expiresAt: Date.UTC(2027, 0, 1) }],
      quotas: [{ bytesMax: 10 }],
      immutable: [{ tags: 'signed' }],
    },
  });
});

it.each([
  ['without a grant', `${HEAD}grants: []\n`],
  ['with an unknown right', `${HEAD}${GRANT.replace('push', 'admin')}`],
  ['with a pattern in the middle', `${HEAD}${GRANT.replace('shop/*', 'shop/*/app')}`],
  ['with a secret in the place of its digest', `${HEAD}${GRANT}tokens: [{ name: b, sha256: x }]\n`],
  ['with a token twice', `${HEAD}${GRANT}tokens: [${TOKEN}, ${TOKEN}]\n`],
  ['with a member that nobody knows', `${HEAD}${GRANT}grant: []\n`],
  ['that is not YAML', '{'],
])('a document %s is refused', (_, text) => {
  expect(parseRegistryAccess(text).ok).toBe(false);
});
