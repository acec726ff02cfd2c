import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openAwsKeys } from '../../src/adapters/keys-service/index.ts';
import { describeSigningKeys } from '../../src/capabilities/signing/keys/signing-keys.contract.ts';
import { orThrow } from '../../src/core/result.ts';
import { certifyKey, runTool } from '../support/certify-key.ts';
import { peersFolder } from '../support/peer.ts';
import { runHere } from '../support/run-here.ts';

const VERSION = '5.2.5';
const venv = join(peersFolder, `moto-${VERSION}`);
const server = join(venv, 'bin', 'moto_server');

/** Whether moto is there, installed once with pip. */
function installMoto(): boolean {
  if (existsSync(server)) return true;
  try {
    mkdirSync(peersFolder, { recursive: true });
    execFileSync('python3', ['-m', 'venv', venv], { stdio: 'ignore' });
    const what = ['install', '--quiet', `moto[server,kms]==${VERSION}`];
    execFileSync(join(venv, 'bin', 'pip'), what, { stdio: 'ignore', timeout: 300_000 });
  } catch {
    rmSync(venv, { recursive: true, force: true });
    console.warn('skipped: moto cannot be installed with pip');
  }
  return existsSync(server);
}

const SPECS = {
  ES256: 'ECC_NIST_P256',
  ES384: 'ECC_NIST_P384',
  ES512: 'ECC_NIST_P521',
  PS256: 'RSA_2048',
  PS384: 'RSA_3072',
  PS512: 'RSA_4096',
} as const;

/**
 * moto with its own Sign put right: it signs a digest as if it were the text (it does not have
 * MessageType DIGEST), and takes the longest salt where KMS takes one as long as the hash.
 */
const SERVE = `import sys
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, utils
from moto.kms import utils as kms
from moto.server import main
def find(name):
    return {'256': hashes.SHA256, '384': hashes.SHA384, '512': hashes.SHA512}[name[-3:]]()
def by_curve(self, message, algorithm):
    return self.private_key.sign(message, ec.ECDSA(utils.Prehashed(find(algorithm))))
def by_rsa(self, message, algorithm):
    pss = padding.PSS(padding.MGF1(find(algorithm)), find(algorithm).digest_size)
    return self.private_key.sign(message, pss, utils.Prehashed(find(algorithm)))
kms.ECDSAPrivateKey.sign = by_curve
kms.RSAPrivateKey.sign = by_rsa
main(sys.argv[1:])
`;

/** Makes a key of each kind, and prints its id and its public key. */
const MAKE = `import base64, boto3, json, sys
kms = boto3.client('kms', endpoint_url=sys.argv[1], region_name='eu-west-1', verify=sys.argv[2])
made = {}
for spec in sys.argv[3:]:
    key = kms.create_key(KeySpec=spec, KeyUsage='SIGN_VERIFY')['KeyMetadata']['KeyId']
    kms.create_alias(AliasName='alias/' + spec, TargetKeyId=key)
    public = kms.get_public_key(KeyId=key)['PublicKey']
    made[spec] = {'id': key, 'spki': base64.b64encode(public).decode()}
kms.create_key(KeySpec='SYMMETRIC_DEFAULT', KeyUsage='ENCRYPT_DECRYPT')
print(json.dumps(made))
`;

describe.skipIf(!installMoto())(
  'B19, D14, I12: keys of AWS KMS, as moto serves them over TLS',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'waybill-moto-'));
    const at = (name: string) => join(folder, name);
    const keys: Record<string, { readonly id: string; readonly spki: string }> = {};
    const chains = new Map<string, string>();
    let running: ChildProcess | null = null;
    let env: Record<string, string> = {};

    beforeAll(async () => {
      await runTool(
        'openssl',
        [
          ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'],
          ...[
            '-keyout',
            at('tls.key'),
            '-out',
            at('tls.crt'),
            '-days',
            '2',
            '-subj',
            '/CN=localhost',
          ],
          ...['-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'],
        ],
        {},
      );
      const port = await findPort();
      const tls = ['-c', at('tls.crt'), '-k', at('tls.key')];
      writeFileSync(at('serve.py'), SERVE);
      const words = [at('serve.py'), '-H', '127.0.0.1', '-p', String(port), ...tls];
      const place = { PATH: process.env['PATH'], HOME: folder };
      running = spawn(join(venv, 'bin', 'python'), words, { stdio: 'ignore', env: place });
      const url = `https://localhost:${port}`;
      env = {
        ...{ AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' },
        ...{ AWS_REGION: 'eu-west-1', AWS_ENDPOINT_URL_KMS: url, AWS_CA_BUNDLE: at('tls.crt') },
      };
      writeFileSync(at('make.py'), MAKE);
      Object.assign(keys, JSON.parse(await makeKeys(url)));
      for (const [spec, { spki }] of Object.entries(keys)) {
        writeFileSync(at(`${spec}.spki`), Buffer.from(spki, 'base64'));
        chains.set(spec, await certifyKey(folder, spec, at(`${spec}.spki`)));
      }
    }, 120_000);
    afterAll(() => {
      running?.kill();
      rmSync(folder, { recursive: true });
    });

    /** It needs a moment to listen. */
    async function makeKeys(url: string): Promise<string> {
      const args = [at('make.py'), url, at('tls.crt'), ...Object.values(SPECS)];
      for (let attempt = 1; ; attempt++) {
        try {
          return await runTool(join(venv, 'bin', 'python'), args, { HOME: folder, ...env });
        } catch (thrown) {
          if (attempt === 20) throw thrown;
          await new Promise((done) => setTimeout(done, 500));
        }
      }
    }

    const refer = (key: string, spec: string): string =>
      `///${key}?chain=${chains.get(spec) ?? ''}`;

    describeSigningKeys('AWS KMS by moto', () => ({
      keys: openAwsKeys(env),
      good: refer('alias/ECC_NIST_P256', 'ECC_NIST_P256'),
      mismatched: refer('alias/ECC_NIST_P256', 'ECC_NIST_P384'),
      absent: refer('alias/nobody', 'ECC_NIST_P256'),
    }));

    it.each(Object.entries(SPECS))(
      '%s: a key of %s signs by its own algorithm',
      async (name, spec) => {
        const key = orThrow(await openAwsKeys(env).open(refer(keys[spec]?.id ?? '', spec)));
        expect(key.algorithm).toBe(name);
        expect((await key.sign(Buffer.from('text'))).length).toBeGreaterThan(60);
      },
    );

    it('signs a file on the command line, and says nothing of the credentials', async () => {
      writeFileSync(at('app.tgz'), 'the file');
      const key = `awskms:${refer('alias/RSA_3072', 'RSA_3072')}`;
      const home = { PATH: process.env['PATH'], HOME: folder, WAYBILL_HOME: at('home') };
      const place = { cwd: folder, env: { ...env, ...home } };
      const made = await runHere(['sign', 'app.tgz', '--key', key], place);
      expect([made.code, made.stderr]).toEqual([0, expect.not.stringContaining('secret')]);
      expect(readFileSync(at('app.tgz.jws.sig'), 'utf8')).toContain('"signature"');
    });

    it('nothing of the credentials is in an error', async () => {
      const wrong = { ...env, AWS_ENDPOINT_URL_KMS: 'https://localhost:1' };
      const opened = await openAwsKeys(wrong).open(refer('alias/x', 'ECC_NIST_P256'));
      expect(JSON.stringify(opened)).not.toContain('secret');
      expect(opened.ok).toBe(false);
    });
  },
);

function findPort(): Promise<number> {
  return new Promise((done) => {
    const probe = createServer();
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => done(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
