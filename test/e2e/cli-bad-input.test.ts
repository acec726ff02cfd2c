import { mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { openRegistryClient, type RegistryClient } from '../../src/adapters/oci-http/index.ts';
import { type RunningRegistry, startRegistry } from '../../src/adapters/oci-server/index.ts';
import { encodeRecord } from '../../src/capabilities/evidence/index.ts';
import { sha256 } from '../../src/core/digest.ts';
import { toInstant } from '../../src/core/instant.ts';
import { orThrow } from '../../src/core/result.ts';
import { packTar } from '../../tools/image/tar.ts';
import { CommandHere } from '../support/command-line.ts';
import { debianImage } from '../support/debian-image.ts';
import { feedsInput } from '../support/feeds.ts';
import { answer, startHostileRegistry } from '../support/hostile-registry.ts';
import { file, folder as folderItem, link } from '../support/images.ts';
import { packZip } from '../support/pack-zip.ts';
import { type RegistryProxy, startRegistryProxy, type Tamper } from '../support/registry-proxy.ts';
import { testData } from '../support/test-data.ts';

/**
 * Bad input of every kind gives a typed error with its cause and a remedy, the designed exit code,
 * and nothing on stdout.
 */
let folder: string;
let line: CommandHere;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'waybill-bad-'));
  line = new CommandHere(folder);
});
afterAll(async () => {
  await line.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Refusal {
  readonly error?: { readonly code: string; readonly message: string; readonly remedy: string };
}

/** Exit code and failure of a command. A failure always says how to fix it. */
async function refusal(...args: readonly string[]): Promise<readonly [number, string]> {
  const { code, answer: said } = await line.json<Refusal>(...args);
  if (said.error === undefined) return [code, 'no error'];
  expect(said.error.remedy, said.error.message).not.toBe('');
  expect(said.error.code, said.error.message).not.toBe('INTERNAL');
  return [code, said.error.code];
}

function put(name: string, content: string | Uint8Array): string {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), content);
  return name;
}

/** An OCI layout whose only layer has these bytes. Everything else in it is correct. */
function writeLayout(
  name: string,
  tar: Uint8Array,
  stored: Uint8Array = gzipSync(tar),
  claims: object = {},
): string {
  const blob = (bytes: Uint8Array): object => {
    const digest = sha256(bytes);
    put(`${name}/blobs/sha256/${digest.slice(7)}`, bytes);
    return { digest, size: bytes.length };
  };
  const rootfs = { type: 'layers', diff_ids: [sha256(tar)] };
  const config = { architecture: 'amd64', os: 'linux', rootfs, config: {} };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      ...blob(Buffer.from(JSON.stringify(config))),
    },
    layers: [
      { mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip', ...blob(stored), ...claims },
    ],
  };
  const entry = { mediaType: manifest.mediaType, ...blob(Buffer.from(JSON.stringify(manifest))) };
  put(`${name}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
  put(`${name}/index.json`, JSON.stringify({ schemaVersion: 2, manifests: [entry] }));
  return `oci:${name}`;
}

const packages = [
  file('etc/os-release', 'ID=debian\nVERSION_ID="12"\n'),
  file(
    'var/lib/dpkg/status',
    'Package: base\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n',
  ),
];

describe('a document', () => {
  const deep = (levels: number): string => `{"a":${'['.repeat(levels)}${']'.repeat(levels)}}`;
  const twice = '{"bomFormat":"CycloneDX","specVersion":"1.6","components":[],"components":[{}]}';

  it.each([
    ['that is empty', '', 3, 'MALFORMED'],
    ['that is truncated', '{"spdxVersion":"SPDX-2.3","packages":[', 3, 'MALFORMED'],
    ['of another type', '{"hello":"world"}', 4, 'UNSUPPORTED'],
    ['that is not JSON', 'PK\u0003\u0004', 4, 'UNSUPPORTED'],
    ['with a repeated key', twice, 3, 'DUPLICATE_KEY'],
    ['nested without end', deep(100_000), 3, 'LIMIT_EXCEEDED'],
    [
      'whose lists are not lists',
      '{"bomFormat":"CycloneDX","specVersion":"1.6","components":{"a":1}}',
      3,
      'MALFORMED',
    ],
  ])('%s is refused by sbom, scan and graph import', async (_, text, exit, code) => {
    const name = put('bad.json', text);
    expect(await refusal('sbom', name)).toEqual([exit, code]);
    expect(await refusal('scan', `sbom:${name}`)).toEqual([exit, code]);
    const imported = await refusal('graph', 'import', name, '--kind', 'sbom');
    expect(imported[0]).toBeGreaterThan(1);
    expect(imported[1]).not.toBe('no error');
  });

  it('that is larger than the limit is refused before it is read', async () => {
    put('large.json', '');
    truncateSync(join(folder, 'large.json'), 128 * 1024 * 1024 + 1);
    expect(await refusal('sbom', 'large.json')).toEqual([3, 'LIMIT_EXCEEDED']);
    expect(await refusal('graph', 'import', 'large.json')).toEqual([3, 'LIMIT_EXCEEDED']);
  });

  it('that does not match --kind is not recorded', async () => {
    put('release.json', '{"apiVersion":"waybill.dev/v1","kind":"Release"}');
    expect((await refusal('graph', 'import', 'release.json'))[0]).toBe(3);
    expect(await refusal('graph', 'import', 'release.json', '--kind', 'relase')).toEqual([
      2,
      'USAGE',
    ]);
    expect(await refusal('graph', 'import', 'release.json', '--subject', 'sha256:1')).toEqual([
      3,
      'MALFORMED',
    ]);
  });

  it('truth B6: that says what another installation verified is not recorded', async () => {
    const digest = sha256('x');
    const verified = encodeRecord('verification', {
      signature: digest,
      subject: digest,
      covers: [],
      outcome: 'trusted',
      signer: { format: 'notary.x509', identity: 'CN=security-lead', thumbprint: null },
      reasons: [],
      trust: { revision: 1, digest },
      verifiedAt: toInstant(0),
    });
    put('verified.json', new TextDecoder().decode(verified));
    expect(await refusal('graph', 'import', 'verified.json')).toEqual([3, 'EVIDENCE_REJECTED']);
  });

  it('truth A21: that says what feeds cover, which nobody read here, is not recorded', async () => {
    put('feeds.json', new TextDecoder().decode(feedsInput(['npm', 'Maven']).body));
    expect(await refusal('graph', 'import', 'feeds.json')).toEqual([3, 'EVIDENCE_REJECTED']);
  });
});

describe('an image on disk', () => {
  it('that is valid is read: the paired accept', async () => {
    const { code, answer: said } = await line.json<{
      targets: { components: unknown[]; outcome: string }[];
    }>('sbom', writeLayout('good', packTar(packages)));
    expect([code, said.targets[0]?.components.length, said.targets[0]?.outcome]).toEqual([
      0,
      1,
      'complete',
    ]);
  });

  it('whose layer has a wrong digest, size or uncompressed digest is refused', async () => {
    const tar = packTar(packages);
    const changed = writeLayout('changed', tar);
    const blobs = join(folder, 'changed/blobs/sha256');
    const largest = sha256(gzipSync(tar)).slice(7);
    writeFileSync(join(blobs, largest), gzipSync(packTar([file('x')])));
    expect(await refusal('sbom', changed)).toEqual([3, 'DIGEST_MISMATCH']);
    expect(await refusal('sbom', writeLayout('size', tar, gzipSync(tar), { size: 7 }))).toEqual([
      3,
      'DIGEST_MISMATCH',
    ]);
    const other = gzipSync(packTar([...packages, file('more')]));
    expect(await refusal('sbom', writeLayout('diff', tar, other))).toEqual([3, 'DIGEST_MISMATCH']);
  });

  it('that is a thousand times larger when unpacked is refused', async () => {
    const bomb = Buffer.concat([packTar([file('zeros', Buffer.alloc(160 * 1024 * 1024))])]);
    expect(await refusal('sbom', writeLayout('bomb', bomb))).toEqual([3, 'LIMIT_EXCEEDED']);
  });

  it('whose layer is truncated is refused', async () => {
    const tar = packTar(packages);
    expect((await refusal('sbom', writeLayout('cut', tar, gzipSync(tar).subarray(0, 60))))[0]).toBe(
      3,
    );
  });

  it('whose paths leave it or whose links loop gives nothing from outside and ends', async () => {
    put(
      'var/lib/dpkg/status',
      'Package: outside\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n',
    );
    const hostile = packTar([
      ...packages,
      file('../../../../../../etc/passwd', 'x'),
      file('/etc/shadow', 'x'),
      link('a', 'b'),
      link('b', 'a'),
      folderItem('usr/lib'),
      link('usr/lib/loop', '../lib/loop/loop'),
      link('opt', '../../../../..'),
    ]);
    const { stdout, code } = await line.run(
      'sbom',
      writeLayout('hostile', hostile),
      '--format',
      'json',
    );
    expect([code, stdout.includes('outside')]).toEqual([0, false]);
    expect(readdirSync(folder)).not.toContain('etc');
  });

  const layers = testData('vectors/layers');
  it
    .skipIf(layers === null)
    .each([
      'symlink-attack',
      'symlink-cycle',
      'symlink-dangling',
      'symlink-depth-exceeded',
      'overwrite-file',
    ])('%s of the published vectors ends and gives nothing from outside', async (name) => {
    const { code, stdout } = await line.run(
      'sbom',
      `docker-archive:${layers}/${name}.tar`,
      '--format',
      'json',
    );
    expect([0, 3, 4]).toContain(code);
    expect(stdout).not.toContain('root:x:0');
  });

  it.each([
    ['oci:empty', 3, 'NOT_FOUND'],
    ['oci:absent', 3, 'NOT_FOUND'],
    ['oci-archive:nothing.tar', 3, 'MALFORMED'],
    ['docker-archive:nothing.tar', 3, 'MALFORMED'],
    ['docker-archive:absent.tar', 2, 'FILE_NOT_FOUND'],
  ])('%s is refused with %i %s', async (target, exit, code) => {
    mkdirSync(join(folder, 'empty'), { recursive: true });
    put('nothing.tar', '');
    expect(await refusal('sbom', target)).toEqual([exit, code]);
  });
});

describe('an advisory feed', () => {
  const record = JSON.stringify({ id: 'TEST-1', modified: '2026-01-01T00:00:00Z', affected: [] });

  it('with one unreadable record is imported without it, and the exit code says so', async () => {
    const { code, stdout, stderr } = await line.run(
      'advisories',
      'import',
      put('mixed.ndjson', `${record}\n{"id":"T`),
      '--home',
      'feeds',
    );
    expect([code, stdout.includes('1 added')]).toEqual([3, true]);
    expect(stderr).toContain('rejected:');
  });

  it.each([
    ['is empty', 'empty.ndjson', '', 'MALFORMED'],
    ['is truncated', 'cut.ndjson.gz', gzipSync(record.repeat(100)).subarray(0, 40), 'MALFORMED'],
    ['is not an archive', 'no.zip', 'PK\u0003\u0004', 'MALFORMED'],
    [
      'is a zip with false sizes',
      'lie.zip',
      packZip([{ name: 'a.json', text: record, size: 3 }]),
      'MALFORMED',
    ],
  ])('that %s leaves the index as it was', async (_, name, content, code) => {
    expect(await refusal('advisories', 'import', put(name, content), '--home', 'none')).toEqual([
      3,
      code,
    ]);
    expect(
      readdirSync(join(folder, 'none')).filter((left) => left !== 'advisories.db.lock'),
    ).toEqual([]);
  });

  it('with one record that is too large is imported without it', async () => {
    const bomb = packZip([
      { name: 'a.json', text: record },
      { name: 'b.json', text: `{"id":"TEST-2","details":"${'x'.repeat(17 * 1024 * 1024)}"}` },
    ]);
    const { code, stdout } = await line.run(
      'advisories',
      'import',
      put('bomb.zip', bomb),
      '--home',
      'bombs',
    );
    expect([code, stdout.includes('1 added'), stdout.includes('1 rejected')]).toEqual([
      3,
      true,
      true,
    ]);
  });

  it('that is missing, or a folder without one, is refused', async () => {
    expect((await refusal('advisories', 'import', 'absent.json', '--home', 'none'))[0]).toBe(2);
    expect((await refusal('advisories', 'import', '.', '--home', 'none'))[0]).toBe(3);
  });
});

type Lie = Exclude<ReturnType<Tamper>, null>;

/** A false manifest that is well formed: the digest in the header is that of the bytes. */
function consistent(asked: string, lie: Lie): Lie {
  if (!asked.includes('/manifests/')) return lie;
  return { ...lie, headers: { 'docker-content-digest': sha256(lie.body), ...lie.headers } };
}

describe('a registry', () => {
  let registry: RunningRegistry;
  let proxy: RegistryProxy;
  let client: RegistryClient;
  let target: string;

  beforeAll(async () => {
    registry = orThrow(await startRegistry({ root: join(folder, 'registry') }));
    proxy = await startRegistryProxy(registry.registry);
    client = openRegistryClient();
    const { manifest, blobs } = debianImage([{ name: 'tzdata', version: '2024a' }]);
    for (const blob of blobs)
      orThrow(await client.pushBlob(`${registry.registry}/shop/trips`, blob));
    orThrow(await client.pushManifest(`${registry.registry}/shop/trips`, manifest, '1.0'));
    target = `${proxy.registry}/shop/trips:1.0`;
  });
  afterEach(() => {
    proxy.tamper = () => null;
  });
  afterAll(async () => {
    client.close();
    await proxy.close();
    await registry.close();
  });

  it('that answers correctly is believed: the paired accept', async () => {
    expect((await line.run('sbom', target)).code).toBe(0);
  });

  it.each<[string, RegExp, (body: Buffer) => Lie, string]>([
    ['sends another blob', /\/blobs\//, () => ({ body: Buffer.from('{}') }), 'DIGEST_MISMATCH'],
    [
      'truncates a blob',
      /\/blobs\//,
      (body) => ({ body: body.subarray(0, -1) }),
      'DIGEST_MISMATCH',
    ],
    [
      'sends extra bytes after a blob',
      /\/blobs\//,
      (body) => ({ body: Buffer.concat([body, Buffer.from('x')]) }),
      'DIGEST_MISMATCH',
    ],
    ['sends an empty manifest', /\/manifests\//, () => ({ body: Buffer.alloc(0) }), 'MALFORMED'],
    [
      'sends a manifest that names a key twice',
      /\/manifests\//,
      (body) => ({ body: Buffer.from(body.toString().replace('{', '{"layers":[],')) }),
      'DUPLICATE_KEY',
    ],
    [
      'sends a page instead of a manifest',
      /\/manifests\//,
      () => ({ body: Buffer.from('<html>'), headers: { 'content-type': 'text/html' } }),
      'MALFORMED',
    ],
    [
      'sends an endless manifest',
      /\/manifests\//,
      () => ({ body: Buffer.alloc(5 * 1024 * 1024, 32) }),
      'LIMIT_EXCEEDED',
    ],
    [
      'redirects blobs to another host',
      /\/blobs\//,
      () => ({ status: 307, body: Buffer.alloc(0), headers: { location: 'file:///etc/passwd' } }),
      'REDIRECT_REFUSED',
    ],
    [
      'does not have the image',
      /\/manifests\//,
      () => ({ status: 404, body: Buffer.from('{}') }),
      'NOT_FOUND',
    ],
    [
      'requires credentials',
      /\/manifests\//,
      () => ({ status: 403, body: Buffer.from('{}') }),
      'REGISTRY_DENIED',
    ],
  ])('that %s is not believed', async (_, path, lie, code) => {
    proxy.tamper = (asked, _status, body) =>
      path.test(asked) ? consistent(asked, lie(body)) : null;
    expect(await refusal('sbom', target)).toEqual([3, code]);
  });

  it('that is absent, or does not speak HTTP, gives exit code 3, never clean', async () => {
    expect(await refusal('scan', '127.0.0.1:1/shop/trips:1.0')).toEqual([
      3,
      'REGISTRY_UNREACHABLE',
    ]);
    const hangs = await startHostileRegistry((_, response) => response.destroy());
    expect((await refusal('scan', `${hangs.registry}/shop/trips:1.0`))[0]).toBe(3);
    await hangs.close();
  });

  it('that redirects to another host gives it no credentials', async () => {
    const other = await startHostileRegistry((_, response) => answer(response, 200, {}, 'x'));
    put(
      '.docker/config.json',
      JSON.stringify({
        auths: { [proxy.registry]: { auth: Buffer.from('u:secret-word').toString('base64') } },
      }),
    );
    proxy.tamper = (asked) =>
      asked.includes('/blobs/')
        ? {
            status: 307,
            body: Buffer.alloc(0),
            headers: { location: `http://${other.registry}/blob` },
          }
        : null;
    const { stdout, stderr } = await line.run('sbom', target, '--format', 'json');
    expect(`${stdout}${stderr}`).not.toContain('secret-word');
    expect(JSON.stringify(other.seen.map(({ headers }) => headers))).not.toContain(
      Buffer.from('u:secret-word').toString('base64'),
    );
    await other.close();
  });
});
