import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { peersFolder } from '../support/peer.ts';
import { SignedImages } from '../support/signed-images.ts';
import type { Json } from '../support/sigstore-instance.ts';
import { RealSigstore, sigstorePrograms } from '../support/sigstore-peers.ts';

const PYTHON = ['sigstore==4.5.1'];
const JAVASCRIPT = ['@sigstore/verify@4.1.3', '@sigstore/bundle', '@sigstore/protobuf-specs'];
const WHO = 'release@shop.example.com';

/** The folder with a client of sigstore, installed once; null where it cannot be had. */
function install(name: string, proof: string, steps: (folder: string) => void): string | null {
  const folder = join(peersFolder, name);
  if (existsSync(join(folder, proof))) return folder;
  try {
    mkdirSync(folder, { recursive: true });
    steps(folder);
  } catch {
    rmSync(folder, { recursive: true, force: true });
    console.warn(`skipped: ${name} cannot be installed`);
  }
  return existsSync(join(folder, proof)) ? folder : null;
}

const programs = sigstorePrograms();
const python = install('sigstore-python-4.5.1', 'bin/sigstore', (folder) => {
  execFileSync('python3', ['-m', 'venv', folder], { stdio: 'ignore' });
  const pip = join(folder, 'bin', 'pip');
  execFileSync(pip, ['install', '--quiet', ...PYTHON], { stdio: 'ignore', timeout: 200_000 });
});
const javascript = install('sigstore-js-4.1.3', 'node_modules/@sigstore/verify', (folder) => {
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', ...JAVASCRIPT];
  execFileSync('npm', args, { stdio: 'ignore', timeout: 150_000 });
});
let images: SignedImages;
let sigstore: RealSigstore;

describe.skipIf(programs === null)('I1: other clients of sigstore, with a private instance', () => {
  beforeAll(async () => {
    images = await SignedImages.open();
    sigstore = await RealSigstore.start(programs ?? ({} as never));
    images.write('root.json', sigstore.trustedRoot);
    images.write('signing.json', sigstore.signingConfig);
    images.write('token', sigstore.token());
    images.write('app.tgz', 'the file');
    images.write('config.json', {
      mediaType: 'application/vnd.dev.sigstore.clienttrustconfig.v0.1+json',
      trustedRoot: sigstore.trustedRoot,
      signingConfig: sigstore.signingConfig,
    });
    await images.run('trust', 'import-cosign', 'root.json', '--signing-config', 'signing.json');
    await images.run('sign', 'app.tgz', '--keyless', '--identity-token', 'token');
  }, 120_000);
  afterAll(async () => {
    await sigstore?.stop();
    await images?.close();
  });

  const runPython = (...args: readonly string[]) =>
    promisify(execFile)(
      join(python ?? '', 'bin', 'sigstore'),
      ['--trust-config', 'config.json', ...args],
      { cwd: images.folder, env: { HOME: images.folder, PATH: process.env['PATH'] } },
    );
  const whom = (who: string) => ['--cert-identity', who, '--cert-oidc-issuer', sigstore.issuer];

  it.skipIf(python === null)(
    'sigstore-python verifies what Waybill signs',
    async () => {
      const verify = (who: string) =>
        runPython(
          ...['verify', 'identity', '--bundle', 'app.tgz.sigstore.json', '--offline'],
          ...[...whom(who), 'app.tgz'],
        );
      expect((await verify(WHO)).stderr).toContain('OK: app.tgz');
      await expect(verify('other@shop.example.com')).rejects.toThrow();
    },
    120_000,
  );

  it.skipIf(python === null)(
    'Waybill verifies what sigstore-python signs',
    async () => {
      const token = ['--identity-token', sigstore.token(), '--bundle', 'theirs.json'];
      await runPython('sign', ...token, 'app.tgz');
      const verify = (who: string) =>
        images.try(
          ...['verify', 'app.tgz', '--bundle', 'theirs.json', '--identity', who],
          ...['--issuer', sigstore.issuer],
        );
      expect((await verify(WHO)).code).toBe(0);
      expect((await verify('other@shop.example.com')).code).toBe(1);
    },
    120_000,
  );

  it.skipIf(javascript === null)('sigstore-js verifies what Waybill signs', () => {
    const need = createRequire(join(javascript ?? '', 'package.json'));
    const { bundleFromJSON }: Json = need('@sigstore/bundle');
    const { Verifier, toSignedEntity, toTrustMaterial }: Json = need('@sigstore/verify');
    const { TrustedRoot }: Json = need('@sigstore/protobuf-specs');
    const root = TrustedRoot.fromJSON(JSON.parse(images.read('root.json')));
    const bundle = bundleFromJSON(JSON.parse(images.read('app.tgz.sigstore.json')));
    const verify = (file: string, who: string) =>
      new Verifier(toTrustMaterial(root)).verify(toSignedEntity(bundle, Buffer.from(file)), {
        subjectAlternativeName: who,
        extensions: { issuer: sigstore.issuer },
      });
    expect(verify('the file', WHO).identity.subjectAlternativeName).toBe(WHO);
    expect(() => verify('the file', 'other@shop.example.com')).toThrow();
    expect(() => verify('another file', WHO)).toThrow();
  });
});
