import {
  appendFileSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeStatement } from '../../src/capabilities/attestation/index.ts';
import {
  buildImageManifest,
  EMPTY_CONTENT,
  OCI_MANIFEST,
} from '../../src/capabilities/registry/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { verifyImage } from '../../src/entrypoints/cli/commands/verify-image.ts';
import type { VerifyCall } from '../../src/entrypoints/cli/options/signing.ts';
import { parseTarget, type Target } from '../../src/entrypoints/compose/targets.ts';
import { loadConfig } from '../../src/entrypoints/config/config.ts';
import { CommandHere } from '../support/command-line.ts';
import { answer, startHostileRegistry } from '../support/hostile-registry.ts';
import { testData } from '../support/test-data.ts';

const IDENTITY = 'CN=release,O=example,ST=WA,C=US';
let folder: string;
let line: CommandHere;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-verify-'));
  line = new CommandHere(folder);
  await line.output('key', 'generate');
  trustFiles({ name: 'charts' }, { name: 'all', globalPolicy: true });
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true });
});

/** notation's policy for blobs, with the root of the generated key. */
function trustFiles(...statements: readonly object[]): void {
  const store = join(line.home, 'notation/truststore/x509/ca/charts');
  mkdirSync(store, { recursive: true });
  cpSync(join(line.home, 'keys/default.root.crt'), join(store, 'root.crt'));
  const rest = {
    signatureVerification: { level: 'strict' },
    trustStores: ['ca:charts'],
    trustedIdentities: [`x509.subject: ${IDENTITY}`],
  };
  const policy = { version: '1.0', trustPolicies: statements.map((one) => ({ ...rest, ...one })) };
  writeFileSync(join(line.home, 'notation/trustpolicy.blob.json'), JSON.stringify(policy));
}

interface Answer {
  readonly standing: string;
  readonly reason: string | null;
  readonly recognised: { readonly what: string; readonly says: readonly string[] };
  readonly signatures: readonly {
    readonly identity: string | null;
    readonly mediaType: string | null;
  }[];
}

const verify = (...args: readonly string[]) => line.json<Answer>('verify', ...args);

it('truth B7: waybill verify has a deadline of its own, however often it asks', async () => {
  const root = join(line.home, 'keys/default.root.crt');
  const whom = ['--certificate', root, '--store', 'mute', '--identity', IDENTITY];
  await line.output('trust', 'add', ...whom, '--repository', 'registry.example.com/mute/*');
  const image = buildImageManifest({ config: EMPTY_CONTENT.descriptor, layers: [] });
  const mute = await startHostileRegistry((request, response) => {
    if (request.path.endsWith('/v2/') || request.path.includes('/manifests/'))
      answer(response, 200, { 'Content-Type': OCI_MANIFEST }, image.bytes);
  });
  const io = { cwd: folder, env: {}, out: () => undefined, err: () => undefined };
  const options = { expectBundle: [] };
  const call = { args: [], options, io, signal: new AbortController().signal };
  const config = await loadConfig({ home: line.home }, {}, folder);
  const target = parseTarget(`${mute.registry}/shop/trips:1`, folder);
  const report = await verifyImage(
    call as unknown as VerifyCall,
    config,
    target as Target & { readonly kind: 'image' },
    300,
  );
  await mute.close();
  expect(report).toMatchObject({ kind: 'result', exitCode: 3 });
  expect(JSON.stringify(report.kind === 'result' ? report.blocks() : null)).toContain('ran out');
  // Its real patience is in test/interop/verify-deadline.test.ts.
});

describe('waybill sign FILE and waybill verify FILE', () => {
  const file = () => join(folder, 'chart.tgz');

  beforeEach(async () => {
    writeFileSync(file(), 'a chart');
    await line.output('sign', 'chart.tgz', '--media-type', 'application/gzip');
  });

  it('B11, O3, N9: a signed file counts, and its signer and type are shown', async () => {
    const { code, answer } = await verify('chart.tgz');
    expect([code, answer.standing]).toEqual([0, 'counts']);
    expect(answer.signatures).toMatchObject([{ mediaType: 'application/gzip' }]);
    expect(answer.signatures[0]?.identity).toContain('CN=release');
    expect(
      readdirSync(folder).filter((name) => name.startsWith('chart') || name.endsWith('partial')),
    ).toEqual(['chart.tgz', 'chart.tgz.jws.sig']);
  });

  it('B11, N11: an extra byte, another media type or a cut signature does not count', async () => {
    expect((await verify('chart.tgz', '--media-type', 'text/plain')).answer.reason).toContain(
      'application/gzip',
    );
    appendFileSync(file(), '!');
    const changed = await verify('chart.tgz');
    expect([changed.code, changed.answer.standing]).toEqual([1, 'does-not-count']);
    expect(changed.answer.reason).toContain('the signed content is sha256:');
    const signature = readFileSync(`${file()}.jws.sig`);
    writeFileSync(`${file()}.jws.sig`, signature.subarray(0, 100));
    const cut = await verify('chart.tgz');
    expect([cut.code, cut.answer.standing]).toEqual([1, 'does-not-count']);
    writeFileSync(`${file()}.jws.sig`, '');
    expect((await verify('chart.tgz')).code).toBe(1);
  });

  it('N44: the statement is chosen by --policy-name, otherwise the global one', async () => {
    expect((await verify('chart.tgz', '--policy-name', 'charts')).code).toBe(0);
    const absent = await verify('chart.tgz', '--policy-name', 'chart');
    expect([absent.code, absent.answer.reason]).toEqual([1, expect.stringContaining('"chart"')]);
    trustFiles({ name: 'charts' });
    expect((await verify('chart.tgz')).code).toBe(1);
    trustFiles({
      name: 'charts',
      trustedIdentities: ['x509.subject: CN=other,O=example,ST=WA,C=US'],
    });
    const other = await verify('chart.tgz', '--policy-name', 'charts');
    expect([other.code, other.answer.reason]).toEqual([
      1,
      expect.stringContaining('does not name'),
    ]);
    trustFiles({ name: 'charts' }, { name: 'all', globalPolicy: true });
  });

  it('N9: names the path of a missing signature; a COSE signature counts as well', async () => {
    cpSync(`${file()}.jws.sig`, join(folder, 'elsewhere.sig'));
    rmSync(`${file()}.jws.sig`);
    expect((await verify('chart.tgz', '--signature', 'elsewhere.sig')).code).toBe(0);
    expect((await verify('chart.tgz')).code).toBe(1);
    writeFileSync(`${file()}.cose.sig`, 'cbor');
    expect((await verify('chart.tgz')).code).toBe(1);
    const type = ['--media-type', 'application/gzip', '--signature-format', 'notary-cose'];
    await line.output('sign', 'chart.tgz', ...type);
    expect((await verify('chart.tgz')).code).toBe(0);
    rmSync(`${file()}.cose.sig`);
    expect((await line.run('verify', 'chart.tgz', '--signature', 'absent.sig')).code).toBe(2);
  });

  it('I16: what the trust document revokes is refused of files too', async () => {
    const trust = join(line.home, 'trust.yaml');
    const write = (revoked: object, rules: unknown = []) =>
      writeFileSync(
        trust,
        JSON.stringify({
          ...{ apiVersion: 'waybill.dev/v1', kind: 'Trust' },
          ...{ metadata: { name: 'own', revision: 1 }, rules, revoked: [revoked] },
        }),
      );
    const { answer: inspected } = await line.json<{
      certificates: readonly { thumbprint: string; key: string }[];
    }>('key', 'inspect', 'default');
    const [leaf, root] = inspected.certificates;
    const names = [
      { digest: sha256(readFileSync(file())), reason: 'a wrong chart' },
      { digest: sha256(readFileSync(`${file()}.jws.sig`)) },
      { thumbprint: leaf?.thumbprint },
      { key: root?.key },
    ];
    for (const name of names) {
      write(name);
      const { code, answer } = await verify('chart.tgz');
      expect([name, code, answer.standing]).toEqual([name, 1, 'does-not-count']);
      expect(answer.reason).toContain('the trust document revokes');
    }
    write({ key: '0'.repeat(64) });
    expect((await verify('chart.tgz')).code).toBe(0);
    write({ kay: '0'.repeat(64) });
    expect((await line.run('verify', 'chart.tgz')).code).not.toBe(0);
    rmSync(trust);
    expect((await verify('chart.tgz')).code).toBe(0);
  });

  it('shows what a signature and a statement say, and marks this as a claim', async () => {
    const signature = await verify('chart.tgz.jws.sig');
    expect([signature.code, signature.answer.recognised.what]).toEqual([
      3,
      'a Notary Project signature',
    ]);
    expect(signature.answer.recognised.says.join()).toContain('application/gzip');
    const digest = { sha256: 'ab'.repeat(32) };
    const bytes = encodeStatement({
      subjects: [{ name: 'trips', digest }],
      predicateType: 'https://example.com/x/v1',
      predicate: {},
    });
    writeFileSync(join(folder, 'statement.json'), bytes);
    const plain = await verify('statement.json');
    expect([plain.code, plain.answer.recognised.what]).toEqual([
      1,
      'an in-toto statement, unsigned',
    ]);
    const dsse = {
      payloadType: 'application/vnd.in-toto+json',
      payload: Buffer.from(bytes).toString('base64'),
      signatures: [{ sig: 'AAAA' }],
    };
    writeFileSync(join(folder, 'dsse.json'), JSON.stringify(dsse));
    const wrapped = await verify('dsse.json');
    expect([wrapped.code, wrapped.answer.reason]).toEqual([
      3,
      expect.stringContaining('together with the image'),
    ]);
    expect(wrapped.answer.recognised.says).toEqual([
      `about trips sha256:${digest.sha256}`,
      'of type https://example.com/x/v1',
    ]);
  });

  it('refuses options of other targets, a folder, and an invalid media type', async () => {
    const usage = async (...args: readonly string[]) => (await line.run(...args)).code;
    expect(await usage('verify', 'chart.tgz', '--as', 'registry.example.com/shop/trips')).toBe(2);
    expect(await usage('verify', 'registry.example.com/a:1', '--policy-name', 'charts')).toBe(2);
    expect(await usage('verify', folder)).toBe(2);
    expect(await usage('sign', folder)).toBe(2);
    expect(await usage('sign', 'chart.tgz', '--media-type', 'no type')).toBe(2);
  });
});

const layouts = testData('vectors/notation-e2e/registry/oci_layout');
const certificate = testData('vectors/notation-e2e/config/localkeys/e2e.crt');
const AS = 'registry.example.com/e2e/app';

interface ImageAnswer extends Answer {
  readonly searched: readonly { readonly place: string; readonly found: number }[];
}

describe.skipIf(layouts === null || certificate === null)(
  'waybill verify oci:DIR, on the layouts of notation',
  () => {
    beforeAll(async () => {
      const identity = 'CN=e2e,O=Notary,L=Seattle,ST=WA,C=US';
      const flags = [
        '--certificate',
        certificate ?? '',
        '--store',
        'e2e',
        '--repository',
        AS,
        '--identity',
        identity,
      ];
      await line.output('trust', 'add', ...flags);
    });
    const target = (name: string) => `oci:${join(layouts ?? '', name)}`;
    const findRoot = (name: string) => {
      const index = readFileSync(join(layouts ?? '', name, 'index.json'), 'utf8');
      const { manifests } = JSON.parse(index) as { manifests: readonly { digest: string }[] };
      return `${target(name)}@${manifests[0]?.digest ?? ''}`;
    };
    const ask = (name: string, ...args: readonly string[]) =>
      line.json<ImageAnswer>('verify', findRoot(name), ...(args.length > 0 ? args : ['--as', AS]));

    it.each([
      ['e2e-valid-signature', 0, ''],
      ['e2e-valid-multiple-signatures', 0, ''],
      ['e2e-expired-signature', 1, 'expired'],
      ['e2e-with-expired-cert', 1, 'no certificate of'],
      ['e2e', 1, 'it is not signed'],
    ])('B11, N4: %s ends with %i %s', async (name, code, reason) => {
      const { code: ended, answer } = await ask(name);
      expect(ended).toBe(code);
      expect(answer.reason ?? '').toContain(reason);
      expect(answer.searched).toContainEqual(expect.objectContaining({ place: 'layout' }));
    });

    it('B11, N38: no signer is trusted without a repository or for another one', async () => {
      const unscoped = await ask('e2e-valid-signature', '--as', 'registry.example.com/other/app');
      expect([unscoped.code, unscoped.answer.reason]).toEqual([
        1,
        expect.stringContaining('is not trusted to state image'),
      ]);
      const { code, stdout } = await line.run('verify', findRoot('e2e-valid-signature'));
      expect(code).toBe(1);
      expect(stdout).toContain('--as registry.example.com/team/app');
    });
  },
);
