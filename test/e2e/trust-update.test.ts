import { readdirSync, readFileSync } from 'node:fs';
import { Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { toInstant } from '../../src/core/instant.ts';
import { SignedImages } from '../support/signed-images.ts';
import { type SigstoreServices, startSigstore } from '../support/sigstore-services.ts';
import { makeTufRepository, TufMirror, type TufPlan } from '../support/tuf-repository.ts';

const SUBJECT = 'https://git.example.com/shop/trips/release.yml@refs/heads/main';
let images: SignedImages;
let sigstore: SigstoreServices;
let mirror: TufMirror;

beforeAll(async () => {
  images = await SignedImages.open();
  sigstore = await startSigstore('tuf');
  mirror = await TufMirror.start();
  images.write('token', sigstore.token());
});
afterAll(async () => {
  mirror.close();
  await sigstore.close();
  await images.close();
});

const publish = (plan: TufPlan = {}, targets: Readonly<Record<string, object>> = {}): void => {
  const all = {
    'trusted_root.json': sigstore.trustedRoot(),
    'signing_config.v0.2.json': sigstore.signingConfig(2),
    ...targets,
  };
  const bytes = Object.entries(all).map(([name, value]) => [
    name,
    Buffer.from(JSON.stringify(value)),
  ]);
  mirror.files = makeTufRepository({
    now: toInstant(Date.now()),
    files: Object.fromEntries(bytes),
    ...plan,
  });
};

const folder = () => join(images.folder, 'home', 'notation', 'truststore', 'sigstore');
const readAll = () =>
  readdirSync(folder(), { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map(({ name, parentPath }) => [name, readFileSync(join(parentPath, name), 'utf8')])
    .sort();

it('I1, S11: an instance is taken over from its TUF repository, and followed', async () => {
  publish();
  images.write('root.json', mirror.files.get('1.root.json') ?? '');
  await images.run(
    ...[
      'trust',
      'import-cosign',
      '--tuf',
      mirror.url,
      '--tuf-root',
      'root.json',
      '--identity',
      SUBJECT,
    ],
    ...['--issuer', sigstore.url, '--repository', `${images.registry.registry}/shop/*`],
  );
  const image = await images.push('followed');
  await images.run('sign', image, '--keyless', '--identity-token', 'token');
  expect((await images.verify(image)).standing).toBe('counts');
  const before = readAll();
  expect(
    JSON.parse((await images.run('trust', 'update', '--format', 'json')).stdout),
  ).toMatchObject({
    repositories: [{ name: 'public', url: mirror.url, rootVersion: 1, changed: [] }],
  });
  expect(readAll()).toEqual(before);

  const keys: [string, string] = ['tuf three', 'tuf four'];
  const gone = { ...sigstore.trustedRoot(), ctlogs: [] };
  publish({ root: 2, timestamp: 2, snapshot: 2, targets: 2, keys }, { 'trusted_root.json': gone });
  const updated = await images.run('trust', 'update', '--name', 'public', '--format', 'json');
  const [only] = JSON.parse(updated.stdout).repositories;
  expect([only.rootVersion, only.changed.length]).toEqual([2, 5]);
  expect(readFileSync(join(folder(), 'public.json'), 'utf8')).toBe(JSON.stringify(gone));
});

it('what is refused, or is not there, changes nothing', async () => {
  const before = readAll();
  publish();
  const older = await images.try('trust', 'update');
  expect([older.code, older.stderr]).toEqual([2, expect.stringContaining('signed by 0 of 1')]);
  mirror.files = new Map();
  const none = await images.try('trust', 'update');
  expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('is not there')]);
  expect(readAll()).toEqual(before);
});

it.each([
  [['--tuf', 'https://tuf.example.com'], 'belong together'],
  [['--tuf-root', 'root.json'], 'belong together'],
  [['--tuf', 'http://tuf.example.com', '--tuf-root', 'root.json', '--name', 'a'], 'no TLS'],
  [['--tuf', 'https://a.example.com', '--tuf-root', 'root.json', '--name', '../a'], 'not a name'],
  [['--tuf', 'https://a.example.com', '--tuf-root', 'root.json'], 'followed already'],
  [['root.json', '--tuf', 'https://a.example.com', '--tuf-root', 'root.json'], 'Name it alone'],
])('import-cosign %j is refused: %s', async (options, why) => {
  const { code, stderr } = await images.try('trust', 'import-cosign', ...options);
  expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
});

it('A65: a target whose name is a path is neither fetched nor written', async () => {
  publish({}, { '../../outside.json': {}, '/tmp/outside.json': {} });
  images.write('root.json', mirror.files.get('1.root.json') ?? '');
  const from = ['--tuf', mirror.url, '--tuf-root', 'root.json', '--name', 'paths'];
  await images.run('trust', 'import-cosign', ...from);
  const written = readdirSync(images.folder, { recursive: true }).map(String);
  expect(written.filter((name) => name.includes('paths')).length).toBeGreaterThan(0);
  expect(written.filter((name) => name.includes('outside'))).toEqual([]);
});

it('a name that no repository has is not known', async () => {
  const { code, stderr } = await images.try('trust', 'update', '--name', 'other');
  expect([code, stderr]).toEqual([3, expect.stringContaining('other')]);
});

it('S11: a bundle is verified without one connection', async () => {
  publish();
  images.write('app.tgz', 'the file');
  await images.run(
    ...[
      'trust',
      'import-cosign',
      '--tuf',
      mirror.url,
      '--tuf-root',
      'root.json',
      '--name',
      'offline',
    ],
  );
  const token = ['--identity-token', 'token', '--trusted-root', 'offline'];
  await images.run('sign', 'app.tgz', '--keyless', ...token);
  const connect = vi.spyOn(Socket.prototype, 'connect');
  const whom = ['--identity', SUBJECT, '--issuer', sigstore.url, '--trusted-root', 'offline'];
  const bundle = ['--bundle', 'app.tgz.sigstore.json'];
  expect((await images.try('verify', 'app.tgz', ...bundle, ...whom)).code).toBe(0);
  expect(connect).not.toHaveBeenCalled();
  connect.mockRestore();
});
