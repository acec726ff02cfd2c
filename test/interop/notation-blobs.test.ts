import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { toInstant } from '../../src/core/instant.ts';
import { fixedKey, type TestKey, testAuthority, testKey } from '../support/certificates.ts';
import { CommandHere } from '../support/command-line.ts';
import { peer } from '../support/peer.ts';

const notation = peer('notation-peer');
const HOUR_MS = 3_600_000;
const now = Date.now();
const SPAN = { validFrom: toInstant(now - HOUR_MS), validUntil: toInstant(now + 24 * HOUR_MS) };
const IDENTITY = 'CN=files,O=Shop,ST=WA,C=US';
const TYPE = 'application/gzip';
const KINDS = ['P-256', 'P-384', 'P-521', 'RSA'] as const;
let folder: string;
let config: string;
let waybill: CommandHere;

const theirs = async (...args: readonly string[]) =>
  promisify(execFile)(notation ?? 'absent', [...args], { encoding: 'buffer' });
const at = (name: string) => join(folder, name);

function makeKey(kind: (typeof KINDS)[number]): Promise<TestKey> {
  const root = testAuthority({ subject: `CN=Root ${kind},O=Shop,ST=WA,C=US`, ...SPAN });
  const key =
    kind === 'RSA'
      ? generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey
      : fixedKey('blobs', kind);
  return testKey({ subject: IDENTITY, root, key, ...SPAN });
}

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-blobs-'));
  waybill = new CommandHere(folder);
  config = join(waybill.home, 'notation');
  const store = join(config, 'truststore/x509/ca/files');
  mkdirSync(store, { recursive: true });
  mkdirSync(join(waybill.home, 'keys'), { mode: 0o700 });
  for (const kind of KINDS) {
    const key = await makeKey(kind);
    const pem = key.privateKey.export({ type: 'pkcs8', format: 'pem' });
    const place = join(waybill.home, 'keys', kind.toLowerCase());
    writeFileSync(`${place}.key`, pem, { mode: 0o600 });
    writeFileSync(`${place}.crt`, key.chainPem);
    writeFileSync(join(store, `${kind}.crt`), key.rootPem);
  }
  const statement = {
    name: 'files',
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:files'],
    trustedIdentities: [`x509.subject: ${IDENTITY}`],
  };
  const write = (name: string, more: object) =>
    writeFileSync(
      join(config, name),
      JSON.stringify({ version: '1.0', trustPolicies: [{ ...statement, ...more }] }),
    );
  write('trustpolicy.json', { registryScopes: ['*'] });
  write('trustpolicy.blob.json', { globalPolicy: true });
});
afterAll(async () => {
  await waybill.close();
  rmSync(folder, { recursive: true });
});

describe.skipIf(notation === null)('files beside notation-go', () => {
  it.each(KINDS.flatMap((kind) => [[kind, 'jws'] as const, [kind, 'cose'] as const]))(
    'N9, N13: both verify what either signs, with %s as %s, and refuse a changed file',
    async (kind, form) => {
      const [name, key] = [`${kind}-${form}.tgz`, kind.toLowerCase()];
      const signature = at(`${name}.${form}.sig`);
      writeFileSync(at(name), `a chart of ${name}`);
      const options = ['--key', key, '--media-type', TYPE];
      await waybill.output('sign', name, ...options, '--signature-format', `notary-${form}`);
      await theirs('verify-blob', at(name), TYPE, signature, config, form);
      const chain = join(waybill.home, 'keys', `${key}.crt`);
      const pem = join(waybill.home, 'keys', `${key}.key`);
      const { stdout } = await theirs('sign-blob', at(name), TYPE, pem, chain, form);
      copyFileSync(signature, `${signature}.ours`);
      writeFileSync(signature, stdout);
      const { code } = await waybill.run('verify', name, '--media-type', TYPE);
      expect(code).toBe(0);
      appendFileSync(at(name), 'x');
      for (const one of [signature, `${signature}.ours`])
        await expect(theirs('verify-blob', at(name), TYPE, one, config, form)).rejects.toThrow(
          'descriptor mismatch',
        );
      expect((await waybill.run('verify', name)).code).toBe(1);
    },
  );
});
