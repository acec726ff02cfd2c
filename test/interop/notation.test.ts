import { execFile } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadNotaryTrust, openKeyStore } from '../../src/adapters/keys-file/index.ts';
import { type RunningRegistry, startRegistry } from '../../src/adapters/oci-server/index.ts';
import {
  buildNotarySignatureArtifact,
  type EnvelopeForm,
  parseSignatureManifest,
  parseTrustPolicy,
  type SigningKey,
  signNotary,
  verifyNotary,
} from '../../src/capabilities/signing/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { sha256 } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { fixedKey, type TestKey, testAuthority, testKey } from '../support/certificates.ts';
import { peer } from '../support/peer.ts';
import { testData } from '../support/test-data.ts';

const notation = peer('notation-peer');
const policies = testData('vectors/notation-e2e/config/trustpolicies');
const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const EMPTY = { mediaType: 'application/vnd.oci.empty.v1+json', digest: sha256('{}'), size: 2 };
const DN = 'O=Shop,ST=WA,C=US';
const now = toInstant(Date.now());
const HOUR_MS = 3_600_000;
const SPAN = { validFrom: toInstant(now - HOUR_MS), validUntil: toInstant(now + 24 * HOUR_MS) };
let work: string;
let registry: RunningRegistry;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'waybill-notation-'));
  registry = orThrow(await startRegistry({ root: join(work, 'registry') }));
});
afterAll(async () => {
  await registry.close();
  await rm(work, { recursive: true });
});

async function put(
  repository: string,
  path: string,
  method: string,
  bytes: Uint8Array,
  type: string,
): Promise<void> {
  const answer = await fetch(`${registry.url}/v2/${repository}/${path}`, {
    method,
    body: Uint8Array.from(bytes),
    headers: { 'content-type': type },
  });
  expect(answer.status).toBe(201);
}

const pushBlob = (repository: string, bytes: Uint8Array) =>
  put(
    repository,
    `blobs/uploads/?digest=${sha256(bytes)}`,
    'POST',
    bytes,
    'application/octet-stream',
  );

async function get(repository: string, path: string): Promise<Uint8Array> {
  const answer = await fetch(`${registry.url}/v2/${repository}/${path}`, {
    headers: { accept: MANIFEST },
  });
  expect(answer.status).toBe(200);
  return new Uint8Array(await answer.arrayBuffer());
}

async function pushImage(repository: string): Promise<Descriptor> {
  await pushBlob(repository, Buffer.from('{}'));
  const image = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: EMPTY,
    layers: [EMPTY],
    annotations: { repository },
  };
  const bytes = Buffer.from(JSON.stringify(image));
  const digest = sha256(bytes);
  await put(repository, `manifests/${digest}`, 'PUT', bytes, MANIFEST);
  return { mediaType: MANIFEST, digest, size: bytes.length };
}

/** notation's configuration folder with one root and one subject for this repository. */
async function configure(
  repository: string,
  rootPem: string,
  identity: string,
  kind: 'ca' | 'signingAuthority' = 'ca',
): Promise<string> {
  const folder = join(work, repository.replace('/', '-'));
  const store = join(folder, 'truststore/x509', kind, 'acme');
  await mkdir(store, { recursive: true });
  await writeFile(join(store, 'root.pem'), rootPem);
  const statement = {
    name: 'interop',
    registryScopes: [`${registry.registry}/${repository}`],
    signatureVerification: { level: 'strict' },
    trustStores: [`${kind}:acme`],
    trustedIdentities: [`x509.subject: ${identity}`],
  };
  const policy = { version: '1.0', trustPolicies: [statement] };
  await writeFile(join(folder, 'trustpolicy.json'), JSON.stringify(policy));
  return folder;
}

async function sign(
  repository: string,
  subject: Descriptor,
  key: SigningKey,
  form: EnvelopeForm = 'jws',
): Promise<void> {
  const expiresAt = toInstant(now + HOUR_MS);
  const envelope = orThrow(
    await signNotary({ subject, key, form, signedAt: now, expiresAt, metadata: { run: '7' } }),
  );
  const artifact = buildNotarySignatureArtifact({
    subject,
    envelope,
    createdAt: now,
  });
  for (const { bytes } of artifact.blobs) await pushBlob(repository, bytes);
  const { descriptor, bytes } = artifact.manifest;
  await put(repository, `manifests/${descriptor.digest}`, 'PUT', bytes, MANIFEST);
}

const run = (...args: readonly string[]) => promisify(execFile)(notation ?? 'absent', [...args]);

/** Our verdict on every signature of the image. */
async function ours(
  repository: string,
  subject: Descriptor,
  folder: string,
): Promise<readonly string[]> {
  const trust = orThrow(await loadNotaryTrust(folder));
  const list = JSON.parse(
    Buffer.from(await get(repository, `referrers/${subject.digest}`)).toString(),
  ) as {
    manifests: readonly { digest: string }[];
  };
  const verdicts: string[] = [];
  for (const { digest } of list.manifests) {
    const manifest = await get(repository, `manifests/${digest}`);
    const parsed = parseSignatureManifest(manifest);
    if (!parsed.ok) throw new Error(parsed.reason.message);
    const envelope = await get(repository, `blobs/${parsed.value.envelope.digest}`);
    const scope = `${registry.registry}/${repository}`;
    const result = verifyNotary({
      subject,
      manifest,
      envelope,
      scope,
      trust,
      now: toInstant(Date.now()),
    });
    verdicts.push(result.kind === 'untrusted' ? result.reasons[0].code : result.kind);
  }
  return verdicts;
}

async function makeKey(kind: string): Promise<TestKey> {
  const root = testAuthority({ subject: `CN=Root,${DN}`, ...SPAN });
  const subject = `CN=release,OU=Dev\\, Ops,L=Sea ttle,${DN}`;
  if (kind !== 'RSA')
    return testKey({ subject, root, key: fixedKey('interop', kind as 'P-256'), ...SPAN });
  const middle = testAuthority({
    subject: `CN=Middle,${DN}`,
    issuer: root,
    pathLength: 0,
    ...SPAN,
  });
  const key = generateKeyPairSync('rsa', { modulusLength: 3072 }).privateKey;
  return testKey({ subject, root: middle, key, ...SPAN });
}

describe.skipIf(notation === null)('notation-go', () => {
  it.each(
    (['jws', 'cose'] as const).flatMap((form) =>
      ['P-256', 'P-384', 'P-521', 'RSA'].map((kind) => [kind, form] as const),
    ),
  )(
    'I1, I12, N10–N25: verifies what we sign and signs what we verify, with %s as %s',
    async (kind, form) => {
      const key = await makeKey(kind);
      const repository = `shop/${kind.toLowerCase()}-${form}`;
      const subject = await pushImage(repository);
      const reference = `${registry.registry}/${repository}@${subject.digest}`;
      const folder = await configure(repository, key.rootPem, 'C=US, ST=WA, O=Shop, OU=Dev\\, Ops');
      await sign(repository, subject, key, form);
      expect((await run('verify', reference, folder)).stdout).toContain(subject.digest);
      await writeFile(
        join(folder, 'key.pem'),
        key.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      );
      await writeFile(join(folder, 'chain.pem'), key.chainPem);
      await run('sign', reference, join(folder, 'key.pem'), join(folder, 'chain.pem'), form);
      expect(await ours(repository, subject, folder)).toEqual(['trusted', 'trusted']);
    },
  );

  it('B19: verifies what a trial key of our key store signs', async () => {
    const store = openKeyStore(join(work, 'keys'));
    const subject = await pushImage('shop/trial');
    const trial = { name: 'release', subject: `CN=trial,${DN}`, kind: 'p256', ...SPAN } as const;
    const { rootPem } = orThrow(await store.createTrial(trial));
    await sign('shop/trial', subject, orThrow(await store.open('release')));
    const folder = await configure('shop/trial', rootPem, `CN=trial,${DN}`);
    const { stdout } = await run(
      'verify',
      `${registry.registry}/shop/trial@${subject.digest}`,
      folder,
    );
    expect(stdout).toContain(subject.digest);
  });

  it.each(['jws', 'cose'])(
    'N26, N35, A33: a signing authority counts by a store of its kind alone, as %s',
    async (form) => {
      const key = await makeKey('P-384');
      const repository = `shop/authority-${form}`;
      const subject = await pushImage(repository);
      const reference = `${registry.registry}/${repository}@${subject.digest}`;
      const files = await mkdtemp(join(work, 'authority-'));
      const [keyFile, chainFile] = [join(files, 'key.pem'), join(files, 'chain.pem')];
      await writeFile(keyFile, key.privateKey.export({ type: 'pkcs8', format: 'pem' }));
      await writeFile(chainFile, key.chainPem);
      await run('sign-authority', reference, keyFile, chainFile, form);
      const identity = 'C=US, ST=WA, O=Shop, OU=Dev\\, Ops';
      const asCa = await configure(repository, key.rootPem, identity);
      await expect(run('verify', reference, asCa)).rejects.toThrow();
      expect(await ours(repository, subject, asCa)).toEqual(['not-in-trust-store']);
      await rm(asCa, { recursive: true });
      const folder = await configure(repository, key.rootPem, identity, 'signingAuthority');
      expect((await run('verify', reference, folder)).stdout).toContain(subject.digest);
      expect(await ours(repository, subject, folder)).toEqual(['trusted']);
    },
  );

  it('N42: refuses the same strangers as we do', async () => {
    const key = await makeKey('P-256');
    const subject = await pushImage('shop/stranger');
    await sign('shop/stranger', subject, key);
    const folder = await configure('shop/stranger', key.rootPem, `CN=other,${DN}`);
    await expect(
      run('verify', `${registry.registry}/shop/stranger@${subject.digest}`, folder),
    ).rejects.toThrow();
    expect(await ours('shop/stranger', subject, folder)).toEqual(['identity-not-trusted']);
  });

  it.skipIf(policies === null)(
    'N37–N43: accepts and refuses the same of its own 43 trust policies',
    async () => {
      const subject = await pushImage('shop/policies');
      const reference = `${registry.registry}/shop/policies@${subject.digest}`;
      const differing: string[] = [];
      for (const file of await readdir(policies ?? '')) {
        const text = await readFile(join(policies ?? '', file));
        const folder = await mkdtemp(join(work, 'policy-'));
        await writeFile(join(folder, 'trustpolicy.json'), text);
        const said = await run('verify', reference, folder).then(
          () => '',
          (error: { stderr: string }) => error.stderr,
        );
        // The image is unsigned. Only with an accepted policy does the verdict mention a missing
        // signature or statement.
        const accepted =
          /no signature is associated|no applicable trust policy statement/i.test(said) ||
          said === '';
        if (accepted !== parseTrustPolicy(text).ok) differing.push(`${file}: ${said.trim()}`);
      }
      expect(differing).toEqual([]);
    },
  );
});
