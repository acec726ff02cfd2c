import { chmodSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { requireSuccess, runHere } from '../support/run-here.ts';
import { SignedImages } from '../support/signed-images.ts';
import type { Json } from '../support/sigstore-instance.ts';
import { type Faults, type SigstoreServices, startSigstore } from '../support/sigstore-services.ts';

const SUBJECT = 'https://git.example.com/shop/trips/release.yml@refs/heads/main';
const PERSON = 'dev@shop.example.com';
let images: SignedImages;
let sigstore: SigstoreServices;
let stranger: SigstoreServices;

beforeAll(async () => {
  images = await SignedImages.open();
  [sigstore, stranger] = [await startSigstore('keyless'), await startSigstore('stranger')];
  images.write('root.json', sigstore.trustedRoot());
  images.write('first.json', sigstore.signingConfig(1));
  images.write('second.json', sigstore.signingConfig(2));
  images.write('token', sigstore.token());
  for (const identity of [SUBJECT, PERSON])
    await images.run(
      ...['trust', 'import-cosign', 'root.json', '--identity', identity, '--issuer', sigstore.url],
      ...['--repository', `${images.registry.registry}/shop/*`, '--signing-config', 'second.json'],
    );
});
afterEach(() => {
  for (const name of Object.keys(sigstore.faults) as (keyof Faults)[]) delete sigstore.faults[name];
});
afterAll(async () => {
  await sigstore.close();
  await stranger.close();
  await images.close();
});

const KEYLESS = ['--keyless', '--identity-token', 'token'];
const trySign = (image: string, ...options: readonly string[]) =>
  images.try('sign', image, ...KEYLESS, ...options);

describe('I1, S8, S9: an image is signed without a key, and counts by whom its token names', () => {
  it.each([
    ['a bundle, with a log of Rekor v2 and a timestamp', 'second.json', 'sigstore-bundle'],
    ['a bundle, with a log of Rekor v1', 'first.json', 'sigstore-bundle'],
    ['an older signature, with the promise of Rekor v1', 'first.json', 'cosign-legacy'],
  ])('%s', async (_, config, format) => {
    const image = await images.push(`${format}-${config.slice(0, 5)}`);
    const form = ['--signature-format', format, '--format', 'json'];
    const signed = requireSuccess([], await trySign(image, '--signing-config', config, ...form));
    expect(JSON.parse(signed.stdout).signer).toEqual({ identity: SUBJECT, issuer: sigstore.url });
    expect(await images.verify(image)).toMatchObject({
      standing: 'counts',
      signatures: [{ format, standing: 'counts', identity: expect.stringContaining(SUBJECT) }],
    });
  });

  it('the configuration that was taken over with the root needs no option', async () => {
    const image = await images.push('configured');
    requireSuccess([], await trySign(image));
    expect((await images.verify(image)).standing).toBe('counts');
  });

  it('--also signs in a second form with the same certificate, or with a key', async () => {
    const image = await images.push('both');
    const first = ['--signing-config', 'first.json', '--also', 'cosign-legacy'];
    const asked = sigstore.asked.length;
    requireSuccess([], await trySign(image, ...first));
    const issued = sigstore.asked.slice(asked).filter((one) => one.endsWith('signingCert'));
    expect(issued).toHaveLength(1);
    requireSuccess([], await trySign(image, '--also', 'notary-jws', '--key', 'release'));
    const { signatures } = await images.verify(image);
    expect(signatures.map(({ standing }: Json) => standing)).toEqual(Array(4).fill('counts'));
  });

  it('an entry that the log has already is taken from it (Rekor v1)', async () => {
    sigstore.faults.conflict = true;
    const image = await images.push('conflict');
    requireSuccess([], await trySign(image, '--signing-config', 'first.json'));
    expect((await images.verify(image)).standing).toBe('counts');
  });

  it.each([
    ['sigstore-bundle', 'second.json'],
    ['sigstore-bundle', 'first.json'],
    ['cosign-legacy', 'first.json'],
  ])('I5: a statement in the form %s, by %s', async (format, config) => {
    const image = await images.push(`stated-${format}-${config.slice(0, 5)}`);
    images.write('tests.json', { result: 'PASSED', configuration: [] });
    const stated = ['--type', 'test-result', '--predicate', 'tests.json'];
    const form = ['--signature-format', format, '--signing-config', config];
    const { stdout } = await images.run('attest', image, ...stated, ...KEYLESS, ...form);
    expect(stdout).toContain(`signed as ${SUBJECT}`);
  });

  it('a file, which is verified offline by the identity and the trusted root', async () => {
    images.write('app.tgz', 'the file');
    requireSuccess([], await trySign('app.tgz'));
    const whom = (identity: string) => ['--identity', identity, '--issuer', sigstore.url];
    const bundle = ['--bundle', 'app.tgz.sigstore.json'];
    const asked = sigstore.asked.length;
    expect((await images.try('verify', 'app.tgz', ...bundle, ...whom(SUBJECT))).code).toBe(0);
    expect((await images.try('verify', 'app.tgz', ...bundle, ...whom(PERSON))).code).toBe(1);
    expect(sigstore.asked.slice(asked)).toEqual([]);
  });

  it('S9: what a key signs is in a log only where that is asked for', async () => {
    const image = await images.push('keyed');
    const form = ['--key', 'release', '--signature-format', 'sigstore-bundle'];
    const asked = sigstore.asked.length;
    await images.run('sign', image, ...form);
    expect(sigstore.asked.slice(asked)).toEqual([]);
    await images.run('sign', image, ...form, '--signing-config', 'first.json');
    expect(sigstore.asked.slice(asked)).toEqual([
      'POST /api/v1/timestamp',
      'POST /api/v1/log/entries',
    ]);
    const again = sigstore.asked.length;
    await images.run('sign', image, ...form, '--timestamp-url', `${sigstore.url}/api/v1/timestamp`);
    expect(sigstore.asked.slice(again)).toEqual(['POST /api/v1/timestamp']);
  });
});

describe('nothing is signed where a service gives what a reader would refuse', () => {
  it.each<[string, Partial<Faults>, string]>([
    [
      'a certificate for another key',
      {
        certificate: (made) => {
          const [, ca] = made.signedCertificateEmbeddedSct.chain.certificates;
          made.signedCertificateEmbeddedSct.chain.certificates = [ca];
        },
      },
      'not for this key',
    ],
    ['no promise of a log of certificates (SCT)', { withoutSct: true }, 'SCT'],
    [
      'no certificate',
      { certificate: (made) => delete made.signedCertificateEmbeddedSct },
      'no chain',
    ],
    [
      'an entry with the promise of another time',
      { entry: (entry) => (entry.integratedTime += 1) },
      'not signed',
    ],
    [
      'an entry outside the tree',
      { entry: (entry) => entry.verification.inclusionProof.hashes.reverse() },
      'does not count',
    ],
    ['no entry', { entry: (entry) => delete entry.body }, 'no entry of Rekor v1'],
  ])('S10: %s', async (name, faults, why) => {
    Object.assign(sigstore.faults, faults);
    const image = await images.push(`refused-${name.replaceAll(/[^a-z]/g, '')}`);
    const { code, stderr } = await trySign(image, '--signing-config', 'first.json');
    expect([code, stderr]).toEqual([3, expect.stringContaining(why)]);
    expect((await images.verify(image)).signatures).toEqual([]);
  });

  it.each([
    ['certificate', '--fulcio-url', 'not of an authority'],
    ['log entry', '--rekor-url', 'not in the trusted root'],
  ])('S10, A44: a %s of another instance', async (name, option, why) => {
    const image = await images.push(`stranger-${name.slice(0, 3)}`);
    images.write('strange-token', stranger.token());
    const token = option === '--fulcio-url' ? 'strange-token' : 'token';
    const asked = sigstore.asked.length;
    const { code, stderr } = await images.try(
      ...['sign', image, '--keyless', '--identity-token', token, option, stranger.url],
    );
    expect([code, stderr]).toEqual([3, expect.stringContaining(why)]);
    // What is in a log stays there: it is asked only where all else is right.
    expect(sigstore.asked.slice(asked).filter((one) => one.endsWith('/log/entries'))).toEqual([]);
    expect((await images.verify(image)).signatures).toEqual([]);
  });

  it('S10: the entry of a key in a log that the trusted root does not name', async () => {
    const image = await images.push('keyed-stranger');
    const form = ['--key', 'release', '--signature-format', 'sigstore-bundle'];
    const log = ['--rekor-url', stranger.url];
    const { code, stderr } = await images.try('sign', image, ...form, ...log);
    expect([code, stderr]).toEqual([3, expect.stringContaining('not in the trusted root')]);
  });

  it('an older form where the log is of Rekor v2', async () => {
    const image = await images.push('older-second');
    const { code, stderr } = await trySign(image, '--signature-format', 'cosign-legacy');
    expect([code, stderr]).toEqual([4, expect.stringContaining('Rekor v1')]);
  });

  it.each([
    ['--signature-format notary-cose', 'is signed by a key'],
    ['--expires-in 1d', 'has no expiry'],
    ['--trusted-root ../public', 'not a name'],
    ['--trusted-root absent', 'cannot be used'],
    ['--timestamp-root-cert root.crt', 'is verified by --trusted-root'],
  ])('%s: %s', async (options, why) => {
    const { code, stderr } = await trySign('registry.example.com/shop/a', ...options.split(' '));
    expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
  });
});

describe('an identity token is taken from where the job or the user has it', () => {
  const signWith = async (
    name: string,
    env: Readonly<Record<string, string>>,
    ...options: readonly string[]
  ) => {
    const image = await images.push(name);
    const place = { HOME: images.folder, PATH: process.env['PATH'] ?? '', WAYBILL_HOME: 'home' };
    const args = ['sign', image, '--keyless', ...options];
    const ended = await runHere(args, { cwd: images.folder, env: { ...place, ...env } });
    return { image, ...ended };
  };

  it.each<[string, () => Record<string, string>, string[]]>([
    ['GitLab', () => ({ SIGSTORE_ID_TOKEN: sigstore.token() }), []],
    ['a variable', () => ({ OTHER: sigstore.token() }), ['--identity-token', 'env:OTHER']],
    [
      'GitHub Actions',
      () => ({
        ACTIONS_ID_TOKEN_REQUEST_URL: `${sigstore.url}/github?api-version=2.0`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'of the job',
      }),
      [],
    ],
    [
      'Azure Pipelines',
      () => ({
        SYSTEM_OIDCREQUESTURI: `${sigstore.url}/azure`,
        SYSTEM_ACCESSTOKEN: 'of the pipeline',
      }),
      ['--oidc-client-id', 'api://AzureADTokenExchange'],
    ],
  ])('I1: %s', async (name, env, options) => {
    const source = name.toLowerCase().replaceAll(' ', '-');
    const { code, stderr, image } = await signWith(source, env(), ...options);
    expect([stderr, code]).toEqual(['', 0]);
    expect((await images.verify(image)).standing).toBe('counts');
  });

  it('a person with a browser: a code, PKCE, and a redirect to loopback', async () => {
    const browser = images.write('browser', BROWSER);
    chmodSync(browser, 0o755);
    const env = { BROWSER: join(images.folder, 'browser') };
    const { code, stderr, image } = await signWith('person', env, '--identity-token', 'browser');
    expect([code, stderr]).toEqual([0, expect.stringContaining('--identity-token FILE')]);
    expect((await images.verify(image)).signatures).toMatchObject([
      { standing: 'counts', identity: expect.stringContaining(PERSON) },
    ]);
    for (const [claims, why] of [
      [{ nonce: 'another' }, 'another login'],
      [{ issuer: 'https://other.example.com' }, 'another one'],
    ] as const) {
      sigstore.faults.login = (made) => Object.assign(made, claims);
      const refused = await signWith('person-refused', env, '--identity-token', 'browser');
      expect([refused.code, refused.stderr]).toEqual([2, expect.stringContaining(why)]);
    }
  });

  it.each<[string, () => Record<string, string>, string]>([
    ['nothing', () => ({}), '--identity-token browser'],
    ['a job without the permission', () => ({ GITHUB_ACTIONS: 'true' }), 'id-token: write'],
    ['a job of GitLab without a token', () => ({ GITLAB_CI: 'true' }), 'id_tokens'],
    ['a token that is none', () => ({ SIGSTORE_ID_TOKEN: 'secret.secret.x' }), 'no JWT'],
    [
      'a token for a cloud, which is sent to nobody',
      () => ({ SIGSTORE_ID_TOKEN: sigstore.token({ aud: 'sts.example.com' }) }),
      'not for "sigstore"',
    ],
    ['a token that expired', () => ({ SIGSTORE_ID_TOKEN: sigstore.token({ exp: 1 }) }), 'expired'],
    [
      'a token service that refuses',
      () => ({
        ACTIONS_ID_TOKEN_REQUEST_URL: `${sigstore.url}/github`,
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret of another job',
      }),
      'status 401',
    ],
    [
      'a token service without TLS',
      () => ({
        ACTIONS_ID_TOKEN_REQUEST_URL: 'http://token.example.com/',
        ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'secret',
      }),
      'no TLS',
    ],
    [
      'a pipeline without its token',
      () => ({ SYSTEM_OIDCREQUESTURI: `${sigstore.url}/azure` }),
      'SYSTEM_ACCESSTOKEN',
    ],
  ])('from %s, nothing is signed, and no failure shows a secret', async (_, env, why) => {
    const { code, stderr } = await signWith('unidentified', env());
    expect([code, stderr]).toEqual([2, expect.stringContaining(why)]);
    expect(stderr).not.toContain('secret');
  });

  it('a token that the authority does not know is refused, and is not shown', async () => {
    const token = stranger.token();
    const { code, stderr } = await signWith('unknown', { SIGSTORE_ID_TOKEN: token });
    expect([code, stderr]).toEqual([3, expect.stringContaining('bad token')]);
    expect(stderr).not.toContain(token.slice(0, 20));
  });
});

/** A page of somebody else first, then the login. */
const BROWSER = `#!${process.execPath}
const url = new URL(process.argv[2]);
const back = new URL(url.searchParams.get('redirect_uri'));
back.search = '?code=of-somebody-else&state=guessed';
fetch(back).then(() => fetch(url));
`;
