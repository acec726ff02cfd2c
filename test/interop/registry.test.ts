import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openRegistryClient, type RegistryClient } from '../../src/adapters/oci-http/index.ts';
import {
  openLayout,
  openLayoutTarget,
  parseLayoutName,
} from '../../src/adapters/oci-layout/index.ts';
import { type RunningRegistry, startRegistry } from '../../src/adapters/oci-server/index.ts';
import {
  openImage,
  parseManifest,
  requireSubject,
  toContent,
} from '../../src/capabilities/registry/index.ts';
import {
  attach,
  describeArtifactTarget,
  type OpenedTarget,
  pushImage,
} from '../../src/capabilities/registry/port.contract.ts';
import { parseImageReference } from '../../src/core/image-reference.ts';
import { orThrow } from '../../src/core/result.ts';
import { type Distribution, startDistribution } from '../support/distribution.ts';
import { peer } from '../support/peer.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
const oras = peer('oras');
const crane = peer('crane');
const conformance = peer('oci-conformance');
const distribution = peer('registry');
let work: string;
let registry: RunningRegistry;
let client: RegistryClient;

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'waybill-interop-'));
  registry = orThrow(await startRegistry({ root: join(work, 'registry') }));
  client = openRegistryClient();
  await mkdir(join(work, 'home'));
  await writeFile(join(work, 'sbom.json'), '{"spdxVersion":"SPDX-2.3"}');
});
afterAll(async () => {
  client.close();
  await registry.close();
  await rm(work, { recursive: true });
});

async function run(
  program: string | null,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const home = {
    HOME: join(work, 'home'),
    DOCKER_CONFIG: join(work, 'home'),
    PATH: process.env['PATH'] ?? '',
  };
  const options = { cwd: work, env: { ...home, ...env }, maxBuffer: 64 * 1024 * 1024 };
  return (await promisify(execFile)(program ?? 'absent', [...args], options)).stdout;
}

function opened(path: string): OpenedTarget {
  return {
    target: client,
    repository: `${registry.registry}/${path}`,
    via: 'api',
    close: async () => {},
  };
}

async function resolved(text: string) {
  return orThrow(await client.resolve(orThrow(parseImageReference(text))));
}

describe.skipIf(oras === null)('oras', () => {
  it('B20, I13: discovers and pulls what we attached', async () => {
    const target = opened('ours/trips');
    const image = await pushImage(target, toContent(LAYER, Buffer.from('a layer')), '1.0');
    const sbom = await attach(target, image.descriptor, 'application/spdx+json', {
      'org.example.kind': 'sbom',
    });
    const found = JSON.parse(
      await run(oras, ['discover', '--plain-http', '--format', 'json', `${target.repository}:1.0`]),
    );
    const listed = found.referrers ?? found.manifests;
    expect(listed).toMatchObject([{ digest: sbom.digest, artifactType: 'application/spdx+json' }]);
    expect(listed[0].annotations).toMatchObject({ 'org.example.kind': 'sbom' });
    const manifest = await run(oras, [
      'manifest',
      'fetch',
      '--plain-http',
      `${target.repository}@${sbom.digest}`,
    ]);
    expect(JSON.parse(manifest).subject.digest).toBe(image.descriptor.digest);
  });

  it('I13: what oras pushes and attaches is resolved, listed by type and read by us', async () => {
    const reference = `${registry.registry}/theirs/trips:1.0`;
    await run(oras, ['push', '--plain-http', reference, 'sbom.json:text/plain']);
    const type = 'application/spdx+json';
    await run(oras, [
      'attach',
      '--plain-http',
      '--artifact-type',
      type,
      reference,
      'sbom.json:application/json',
    ]);
    const subject = await resolved(reference);
    const list = orThrow(
      await client.referrers(`${registry.registry}/theirs/trips`, subject.digest, type),
    );
    expect([list.via, list.complete, list.descriptors.length]).toEqual(['api', true, 1]);
    const [entry] = list.descriptors;
    const pulled = orThrow(
      await client.manifest(`${registry.registry}/theirs/trips`, entry ?? subject),
    );
    const manifest = orThrow(parseManifest(pulled.bytes, pulled.descriptor.mediaType));
    expect(requireSubject(manifest, subject).ok).toBe(true);
    const layer = manifest.kind === 'image' ? manifest.layers[0] : undefined;
    const bytes = await client.blobBytes(
      `${registry.registry}/theirs/trips`,
      layer ?? subject,
      1000,
    );
    expect(orThrow(bytes).toString()).toBe(await readFile(join(work, 'sbom.json'), 'utf8'));
  });

  it('copies an image with its referrers from our registry to a layout, and back', async () => {
    const target = opened('ours/copied');
    const image = await pushImage(target, toContent(LAYER, Buffer.from('another layer')), '1.0');
    const scan = await attach(target, image.descriptor, 'application/sarif+json', {});
    await run(oras, [
      'cp',
      '-r',
      '--from-plain-http',
      '--to-oci-layout',
      `${target.repository}:1.0`,
      'layout:1.0',
    ]);
    const { source, root } = orThrow(
      await openLayout(orThrow(parseLayoutName(`oci:${join(work, 'layout')}:1.0`))),
    );
    expect(root.digest).toBe(image.descriptor.digest);
    const list = orThrow(await source.referrers('', root.digest));
    expect(list.descriptors.map(({ digest }) => digest)).toEqual([scan.digest]);
    const back = `${registry.registry}/ours/back:1.0`;
    await run(oras, ['cp', '-r', '--from-oci-layout', '--to-plain-http', 'layout:1.0', back]);
    expect((await resolved(back)).digest).toBe(image.descriptor.digest);
  });

  it('reads a layout that we wrote, and its referrers', async () => {
    const target = orThrow(await openLayoutTarget(join(work, 'written')));
    const written: OpenedTarget = { target, repository: '', via: 'layout', close: target.close };
    const image = await pushImage(written, toContent(LAYER, Buffer.from('a layer')), '1.0');
    const sbom = await attach(written, image.descriptor, 'application/spdx+json', {});
    const found = JSON.parse(
      await run(oras, ['discover', '--format', 'json', '--oci-layout', 'written:1.0']),
    );
    expect(found.referrers ?? found.manifests).toMatchObject([{ digest: sbom.digest }]);
  });

  it('logs in with a name and a password, and is refused without them', async () => {
    const auth = { users: { ann: 's3cret' } };
    const guarded = orThrow(await startRegistry({ root: join(work, 'guarded'), auth }));
    try {
      const args = ['push', '--plain-http', `${guarded.registry}/a:1`, 'sbom.json:text/plain'];
      await expect(run(oras, args)).rejects.toThrow();
      await run(oras, [...args, '--username', 'ann', '--password', 's3cret']);
    } finally {
      await guarded.close();
    }
  });
});

describe.skipIf(crane === null)('crane', () => {
  it('B25: pushes an image that we open, and pulls the same bytes', async () => {
    const reference = `${registry.registry}/crane/app:1`;
    await run('tar', ['-cf', 'layer.tar', 'sbom.json']);
    await run(crane, ['append', '--insecure', '-f', 'layer.tar', '-t', reference]);
    const root = await resolved(reference);
    expect((await run(crane, ['digest', '--insecure', reference])).trim()).toBe(root.digest);
    const image = orThrow(await openImage(client, `${registry.registry}/crane/app`, root));
    expect(image.layers.length).toBe(1);
    const manifest = orThrow(await client.manifest(`${registry.registry}/crane/app`, root));
    expect(await run(crane, ['manifest', '--insecure', reference])).toBe(
      Buffer.from(manifest.bytes).toString(),
    );
  });

  it('writes a Docker archive and a layout of an image, and both open', async () => {
    const target = opened('crane/saved');
    const image = await pushImage(target, toContent(LAYER, await tarBytes()), '1');
    for (const [format, name] of [
      ['tarball', `docker-archive:${join(work, 'saved.tar')}`],
      ['oci', `oci:${join(work, 'saved')}`],
    ] as const) {
      const path = join(work, format === 'oci' ? 'saved' : 'saved.tar');
      await run(crane, ['pull', '--insecure', '--format', format, `${target.repository}:1`, path]);
      const { source, root } = orThrow(await openLayout(orThrow(parseLayoutName(name))));
      const opening = orThrow(await openImage(source, '', root));
      expect(opening.platform).toEqual({ os: 'linux', architecture: 'amd64' });
      if (format === 'oci') expect(root.digest).toBe(image.descriptor.digest);
      await source.close();
    }
  });

  it('lists our tags, and deletes what we then do not find', async () => {
    const target = opened('crane/tags');
    for (const tag of ['b', 'A', 'a'])
      await pushImage(target, toContent(LAYER, Buffer.from(tag)), tag);
    expect((await run(crane, ['ls', '--insecure', target.repository])).trim().split('\n')).toEqual([
      'A',
      'a',
      'b',
    ]);
    const gone = await resolved(`${target.repository}:a`);
    await run(crane, ['delete', '--insecure', `${target.repository}@${gone.digest}`]);
    const again = await client.resolve(orThrow(parseImageReference(`${target.repository}:a`)));
    expect(again.ok ? 'ok' : again.failure.code).toBe('NOT_FOUND');
  });
});

async function tarBytes(): Promise<Uint8Array> {
  await run('tar', ['-cf', 'plain.tar', 'sbom.json']);
  return readFile(join(work, 'plain.tar'));
}

describe.skipIf(conformance === null)(
  'the conformance suite of the distribution specification',
  () => {
    it('B25, I6: passes on our registry, with deletion, referrers and sha512', async () => {
      const output = await run(conformance, [], {
        OCI_REGISTRY: registry.registry,
        OCI_TLS: 'disabled',
        OCI_VERSION: '1.1',
        OCI_API_BLOBS_UPLOAD_CANCEL: 'true',
        OCI_API_BLOBS_DIGEST_HEADER: 'true',
        OCI_API_MANIFESTS_DIGEST_HEADER: 'true',
      });
      expect(output).toMatch(/^OCI Conformance Test: Pass$/m);
      expect(output.match(/: (?:FAIL|Error)$/gim)).toBeNull();
      expect(output.match(/: Pass$/gm)?.length).toBeGreaterThan(800);
    });
  },
);

if (distribution !== null) {
  describeArtifactTarget(
    'N7: the registry client against a registry without referrers API',
    async () => {
      const running = await startDistribution(distribution);
      const target = openRegistryClient();
      const close = async () => {
        target.close();
        await running.stop();
      };
      return { target, repository: `${running.address}/shop/trips`, via: 'fallback-tag', close };
    },
  );
}

describe.skipIf(distribution === null || oras === null)('the fallback tag', () => {
  let running: Distribution;
  beforeAll(async () => {
    running = await startDistribution(distribution);
  });
  afterAll(() => running.stop());

  it('N7, S17: oras and Waybill find what the other one attached, and both stay', async () => {
    const repository = `${running.address}/shop/trips`;
    const target: OpenedTarget = {
      target: client,
      repository,
      via: 'fallback-tag',
      close: async () => {},
    };
    const image = await pushImage(target, toContent(LAYER, Buffer.from('a layer')), '1.0');
    const sbom = await attach(target, image.descriptor, 'application/spdx+json', {});
    const attachment = [
      '--artifact-type',
      'application/sarif+json',
      `${repository}:1.0`,
      'sbom.json:application/json',
    ];
    await run(oras, ['attach', '--plain-http', ...attachment]);
    const scan = await attach(target, image.descriptor, 'application/x-scan', {});
    const found = JSON.parse(
      await run(oras, ['discover', '--plain-http', '--format', 'json', `${repository}:1.0`]),
    );
    const theirs = (found.referrers ?? found.manifests).map(
      (entry: { digest: string }) => entry.digest,
    );
    const ours = orThrow(await client.referrers(repository, image.descriptor.digest));
    expect(ours.via).toBe('fallback-tag');
    expect(ours.descriptors.map(({ digest }) => digest).sort()).toEqual([...theirs].sort());
    expect(theirs).toEqual(expect.arrayContaining([sbom.digest, scan.digest]));
    expect(theirs.length).toBe(3);
    expect(await readdir(work)).toContain('sbom.json');
  });
});
