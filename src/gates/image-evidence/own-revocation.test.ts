import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { FIXTURE_NOW } from '../../../test/support/certificates.ts';
import {
  MemoryRegistry,
  pushImage,
  referenceTo,
  signImage,
  type WorldKeys,
  worldKeys,
  worldTrust,
} from '../../../test/support/evidence-world.ts';
import { runHere } from '../../../test/support/run-here.ts';
import { computeKeyId, parseCertificate, parseTrust } from '../../capabilities/signing/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import { orThrow } from '../../core/result.ts';
import { gatherImage } from './index.ts';

const HEX = 'ab'.repeat(32);
let keys: WorldKeys;
const registry = new MemoryRegistry();
let image: Descriptor;
beforeAll(async () => {
  keys = await worldKeys();
  image = pushImage(registry, 'trips');
  await signImage(registry, image, keys.release);
});

const write = (revoked: unknown) =>
  JSON.stringify({
    ...{ apiVersion: 'waybill.dev/v1', kind: 'Trust', metadata: { name: 'shop', revision: 1 } },
    rules: [
      {
        ...{ id: 'shop', repositories: ['registry.example.com/shop/*'], statements: ['image'] },
        signers: [{ identity: 'CN=release,O=Shop,ST=WA,C=US', trustStore: 'ca:shop' }],
      },
    ],
    ...(revoked === undefined ? {} : { revoked }),
  });

async function judge(revoked: unknown) {
  const trust = { ...worldTrust(keys), document: orThrow(parseTrust(write(revoked))) };
  const sources = { source: registry, trust };
  const evidence = orThrow(await gatherImage(referenceTo(image), FIXTURE_NOW, sources));
  return JSON.stringify(evidence);
}

describe('I16: what the trust document revokes', () => {
  it('counts no more: certificates and keys of the chain, and what was signed', async () => {
    const before = await judge(undefined);
    expect(before).toContain('"trusted"');
    const hashHex = (der: Uint8Array) => createHash('sha256').update(der).digest('hex');
    const entries = [
      ...keys.release.chain.flatMap((der) => [
        { thumbprint: hashHex(der) },
        { key: computeKeyId(orThrow(parseCertificate(der)).publicKey) },
      ]),
      { digest: image.digest, reason: 'built on a stolen laptop' },
    ];
    for (const entry of entries) {
      const after = await judge([{ thumbprint: HEX }, entry]);
      expect([entry, after.includes('revoked-here')]).toEqual([entry, true]);
      expect(after).not.toContain('"trusted"');
    }
    expect(await judge([{ thumbprint: HEX }, { key: HEX }, { digest: `sha256:${HEX}` }])).toBe(
      before,
    );
  });

  it.each([
    ['an empty list', []],
    ['no list', { thumbprint: HEX }],
    ['an entry of nothing', [{ reason: 'x' }]],
    ['two names in one entry', [{ thumbprint: HEX, key: HEX }]],
    ['a name and something that is none', [{ thumbprint: HEX, key: 7 }]],
    ['upper-case digits', [{ thumbprint: HEX.toUpperCase() }]],
    ['a digest without its algorithm', [{ digest: HEX }]],
    ['an unknown key', [{ thumbprint: HEX, until: '2027-01-01' }]],
    ['an entry twice', [{ key: HEX }, { key: HEX, reason: 'again' }]],
    ['a long reason', [{ key: HEX, reason: 'x'.repeat(201) }]],
  ])('%s is an error, and never no revocation', (_, revoked) => {
    expect(parseTrust(write(revoked))).toMatchObject({ failure: { code: 'TRUST_INVALID' } });
  });

  it('stays revoked when a rule is added', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-revoked-'));
    try {
      const revoked = [{ thumbprint: HEX, reason: 'lost' }, { digest: `sha256:${HEX}` }];
      writeFileSync(join(folder, 'trust.yaml'), write(revoked));
      writeFileSync(join(folder, 'root.crt'), keys.stranger.rootPem);
      const who = ['--store', 'other', '--identity', 'CN=somebody-else,O=Shop,ST=WA,C=US'];
      const add = ['trust', 'add', '--certificate', 'root.crt', ...who, '--repository'];
      const env = { WAYBILL_HOME: folder };
      const { code } = await runHere([...add, 'registry.example.com/x'], { cwd: folder, env });
      const document = parseTrust(readFileSync(join(folder, 'trust.yaml')));
      expect([code, orThrow(document).revoked]).toMatchObject([
        0,
        [
          { kind: 'certificate', value: HEX, reason: 'lost' },
          { kind: 'digest', value: `sha256:${HEX}`, reason: null },
        ],
      ]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
