import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { testData } from '../../../test/support/test-data.ts';
import { packTar, type TarItem } from '../../../tools/image/tar.ts';
import {
  buildIndex,
  openImage,
  parseManifest,
  requireSubject,
  toContent,
} from '../../capabilities/registry/index.ts';
import {
  attach,
  describeArtifactTarget,
  type OpenedTarget,
  pushImage,
} from '../../capabilities/registry/port.contract.ts';
import { type Digest, sha256, takeHex } from '../../core/digest.ts';
import { orThrow, type Result } from '../../core/result.ts';
import { type OpenedLayout, openLayout } from './layout.ts';
import { type LayoutName, parseLayoutName } from './target.ts';
import { openLayoutTarget } from './write.ts';

const LAYER = 'application/vnd.oci.image.layer.v1.tar';
let work: string;
beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'waybill-layout-'));
});
const opened: OpenedLayout[] = [];
afterAll(async () => {
  for (const { source } of opened) await source.close();
  await rm(work, { recursive: true });
});

describeArtifactTarget('an image layout on disk', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-layout-'));
  const target = orThrow(await openLayoutTarget(folder));
  const close = () => rm(folder, { recursive: true });
  return { target, repository: 'layout.example.com/image', via: 'layout', close };
});

function makeLayoutName(
  kind: LayoutName['kind'],
  path: string,
  tag: string | null = null,
): LayoutName {
  return { kind, path, tag, digest: null };
}

function toCode(result: Result<unknown>): string {
  return result.ok ? 'ok' : result.failure.code;
}

async function madeLayout(name: string): Promise<OpenedTarget & { readonly folder: string }> {
  const folder = join(work, name);
  const target = orThrow(await openLayoutTarget(folder));
  return {
    folder,
    target,
    repository: 'layout.example.com/image',
    via: 'layout',
    close: target.close,
  };
}

describe('an image named on the command line', () => {
  it.each([
    ['oci:build/image', 'oci', 'build/image', null],
    ['oci:build/image:1.4', 'oci', 'build/image', '1.4'],
    ['oci:C:/image', 'oci', 'C:/image', null],
    ['oci-archive:./image.tar:v1', 'oci-archive', './image.tar', 'v1'],
    ['docker-archive:/tmp/a:b/image.tar', 'docker-archive', '/tmp/a:b/image.tar', null],
    ['docker-archive:a.tar:shop/trips:1', 'docker-archive', 'a.tar', 'shop/trips:1'],
    ['oci-archive:C:\\a.tar:trips:1', 'oci-archive', 'C:\\a.tar', 'trips:1'],
    ['oci:out:127.0.0.1:5000/shop/trips:1', 'oci', 'out', '127.0.0.1:5000/shop/trips:1'],
  ])('reads %s', (text, kind, path, tag) => {
    expect(orThrow(parseLayoutName(text))).toEqual({ kind, path, tag, digest: null });
  });

  it('reads a digest, and refuses a malformed one', () => {
    const digest = `sha256:${'a'.repeat(64)}`;
    expect(orThrow(parseLayoutName(`oci:dir@${digest}`))).toMatchObject({ path: 'dir', digest });
    expect(toCode(parseLayoutName('oci:dir@sha256:abc'))).toBe('MALFORMED');
    expect(toCode(parseLayoutName('oci:'))).toBe('USAGE');
  });
});

describe('a layout', () => {
  it('opens without a tag if it contains one image, also with a signature beside it', async () => {
    const opened = await madeLayout('one');
    const image = await pushImage(opened, toContent(LAYER, Buffer.from('layer')), null);
    await attach(opened, image.descriptor, 'application/x-signature', {});
    const { root } = orThrow(await openLayout(makeLayoutName('oci', opened.folder)));
    expect(root.digest).toBe(image.descriptor.digest);
  });

  it('requires a tag if it contains two images, and opens the named image', async () => {
    const opened = await madeLayout('two');
    await pushImage(opened, toContent(LAYER, Buffer.from('one')), 'one');
    const two = await pushImage(opened, toContent(LAYER, Buffer.from('two')), 'two');
    expect(toCode(await openLayout(makeLayoutName('oci', opened.folder)))).toBe('USAGE');
    expect(orThrow(await openLayout(makeLayoutName('oci', opened.folder, 'two'))).root.digest).toBe(
      two.descriptor.digest,
    );
    expect(toCode(await openLayout(makeLayoutName('oci', opened.folder, 'three')))).toBe(
      'NOT_FOUND',
    );
  });

  it('is NOT_FOUND if the folder is not a layout or is missing', async () => {
    expect(toCode(await openLayout(makeLayoutName('oci', work)))).toBe('NOT_FOUND');
    expect(toCode(await openLayout(makeLayoutName('oci', join(work, 'nowhere'))))).toBe(
      'NOT_FOUND',
    );
    expect(toCode(await openLayout(makeLayoutName('oci-archive', join(work, 'nowhere.tar'))))).toBe(
      'FILE_NOT_FOUND',
    );
  });

  it('A2: refuses a manifest and a blob whose bytes do not match their digest', async () => {
    const opened = await madeLayout('swapped');
    const layer = toContent(LAYER, Buffer.from('good layer'));
    const image = await pushImage(opened, layer, '1');
    await writeFile(
      join(opened.folder, 'blobs/sha256', takeHex(layer.descriptor.digest)),
      'evil layer',
    );
    const blob = await opened.target.blobBytes('', layer.descriptor, 100);
    expect(toCode(blob)).toBe('DIGEST_MISMATCH');
    const path = join(opened.folder, 'blobs/sha256', takeHex(image.descriptor.digest));
    await writeFile(path, (await readFile(path, 'utf8')).replace('2', '2 '));
    expect(toCode(await openLayout(makeLayoutName('oci', opened.folder, '1')))).toBe(
      'DIGEST_MISMATCH',
    );
  });

  it('A15: refuses a blob that is a symbolic link, and a blobs folder that is a link', async () => {
    const opened = await madeLayout('linked');
    await pushImage(opened, toContent(LAYER, Buffer.from('layer')), '1');
    const folder = join(opened.folder, 'blobs/sha256');
    const secret = 'a secret of the host';
    await writeFile(join(work, 'secret'), secret);
    await symlink(join(work, 'secret'), join(folder, takeHex(sha256(secret))));
    const stolen = { mediaType: LAYER, digest: sha256(secret), size: secret.length };
    expect(toCode(await opened.target.blobBytes('', stolen, 100))).toBe('UNSAFE_PATH');
    await rename(folder, join(work, 'elsewhere'));
    await symlink(join(work, 'elsewhere'), folder);
    expect(toCode(await openLayout(makeLayoutName('oci', opened.folder, '1')))).toBe('UNSAFE_PATH');
  });

  it('A15: an index that names a path instead of a digest is malformed', async () => {
    const opened = await madeLayout('escaping');
    const entry = {
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      digest: 'sha256:../../../secret',
      size: 9,
    };
    const index = JSON.stringify({ schemaVersion: 2, manifests: [entry] });
    await writeFile(join(opened.folder, 'index.json'), index);
    expect(toCode(await openLayout(makeLayoutName('oci', opened.folder)))).toBe('MALFORMED');
  });

  it('one tag on two different images is refused', async () => {
    const opened = await madeLayout('doubled');
    const one = await pushImage(opened, toContent(LAYER, Buffer.from('one')), null);
    const two = await pushImage(opened, toContent(LAYER, Buffer.from('two')), null);
    const annotations = { 'org.opencontainers.image.ref.name': 'v1' };
    const index = buildIndex({
      manifests: [one, two].map(({ descriptor }) => ({ ...descriptor, annotations })),
    });
    await writeFile(join(opened.folder, 'index.json'), index.bytes);
    expect(toCode(await openLayout(makeLayoutName('oci', opened.folder, 'v1')))).toBe('MALFORMED');
  });

  it('a missing manifest makes the list of referrers incomplete', async () => {
    const opened = await madeLayout('withheld');
    const image = await pushImage(opened, toContent(LAYER, Buffer.from('layer')), '1');
    const kept = await attach(opened, image.descriptor, 'application/x', { n: '1' });
    const lost = await attach(opened, image.descriptor, 'application/x', { n: '2' });
    await rm(join(opened.folder, 'blobs/sha256', takeHex(lost.digest)));
    const found = orThrow(await opened.target.referrers('', image.descriptor.digest));
    expect(found.complete).toBe(false);
    expect(found.descriptors.map(({ digest }) => digest)).toEqual([kept.digest]);
  });

  it('A9: a fallback entry that does not name the subject is not a referrer', async () => {
    const opened = await madeLayout('poisoned');
    const image = await pushImage(opened, toContent(LAYER, Buffer.from('layer')), '1');
    const other = await pushImage(opened, toContent(LAYER, Buffer.from('other')), '2');
    const signature = await attach(opened, other.descriptor, 'application/x-signature', {});
    const good = await attach(opened, image.descriptor, 'application/x-signature', {});
    const index = buildIndex({ manifests: [signature] });
    orThrow(
      await opened.target.pushManifest('', index, `sha256-${takeHex(image.descriptor.digest)}`),
    );
    const found = orThrow(await opened.target.referrers('', image.descriptor.digest));
    expect(found).toMatchObject({ complete: true, descriptors: [{ digest: good.digest }] });
  });

  it('two writers that push to one layout at once both keep their content', async () => {
    const one = await madeLayout('shared');
    const two = { ...one, target: orThrow(await openLayoutTarget(one.folder)) };
    const pushed = await Promise.all(
      Array.from({ length: 10 }, (_, at) =>
        pushImage(at % 2 ? one : two, toContent(LAYER, Buffer.from(`${at}`)), `t${at}`),
      ),
    );
    for (const [at, image] of pushed.entries()) {
      expect(
        orThrow(await openLayout(makeLayoutName('oci', one.folder, `t${at}`))).root.digest,
      ).toBe(image.descriptor.digest);
    }
    expect(
      (await readdir(join(one.folder, 'blobs/sha256'))).filter((name) => name.startsWith('.')),
    ).toEqual([]);
  });
});

describe('an archive', () => {
  let members: TarItem[];
  let digest: Digest;
  let layer: Buffer;
  beforeAll(async () => {
    const opened = await madeLayout('archived');
    layer = Buffer.from('layer '.repeat(1000));
    const image = await pushImage(opened, toContent(LAYER, layer), '1');
    digest = image.descriptor.digest;
    const names = (await readdir(opened.folder, { recursive: true, withFileTypes: true })).filter(
      (one) => one.isFile(),
    );
    members = await Promise.all(
      names.map(async (one) => {
        const path = join(one.parentPath, one.name);
        return { path: path.slice(opened.folder.length + 1), content: await readFile(path) };
      }),
    );
  });

  async function open(kind: LayoutName['kind'], bytes: Uint8Array) {
    const path = join(work, `${createHash('sha256').update(bytes).digest('hex')}.tar`);
    await writeFile(path, bytes);
    const result = await openLayout(makeLayoutName(kind, path), { temporary: work });
    if (result.ok) opened.push(result.value);
    return result;
  }

  it.each([
    ['plain', (tar: Buffer) => tar],
    ['gzip', (tar: Buffer) => gzipSync(tar)],
    ['zstd', (tar: Buffer) => zstdCompressSync(tar)],
    [
      'zstd of several frames',
      (tar: Buffer) =>
        Buffer.concat(
          [tar.subarray(0, 700), tar.subarray(700)].map((part) => zstdCompressSync(part)),
        ),
    ],
  ])('%s: gives the image of its layout, and leaves no temporary file', async (_, pack) => {
    const { source, root } = orThrow(await open('oci-archive', pack(packTar(members))));
    expect(root.digest).toBe(digest);
    const image = orThrow(await openImage(source, '', root));
    const chunks: Uint8Array[] = [];
    for await (const chunk of image.layers[0]?.open() ?? []) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(layer)).toBe(true);
    await source.close();
    opened.pop();
    expect((await readdir(work)).filter((name) => name.startsWith('waybill-'))).toEqual([]);
  });

  it('reads an archive that the system tar wrote, with long names and directories', async () => {
    const path = join(work, 'system.tar');
    const folder = join(work, `${'deep/'.repeat(30)}layout`);
    await mkdir(join(folder, '..'), { recursive: true });
    const target = orThrow(await openLayoutTarget(folder));
    const image = await pushImage(
      { target, repository: '', via: 'layout', close: async () => {} },
      toContent(LAYER, layer),
      '1',
    );
    execFileSync('tar', ['-cf', path, '-C', folder, '.']);
    const layout = orThrow(await openLayout(makeLayoutName('oci-archive', path)));
    opened.push(layout);
    expect(layout.root.digest).toBe(image.descriptor.digest);
  });

  it.each<[string, string, (all: TarItem[]) => Buffer]>([
    ['empty', 'MALFORMED', () => Buffer.alloc(0)],
    ['that is not a tar', 'MALFORMED', () => Buffer.from('x'.repeat(5000))],
    ['truncated within a member', 'MALFORMED', (all) => packTar(all).subarray(0, 4000)],
    ['with a size past its end', 'MALFORMED', (all) => packTar([...all, { path: 'x', size: 1e9 }])],
    [
      'with two indexes',
      'MALFORMED',
      (all) => packTar([...all, ...all.filter((one) => one.path === 'index.json')]),
    ],
    [
      'A15: whose index is a link out of it',
      'UNSAFE_PATH',
      (all) => packTar(linked(all, '../../../etc/passwd')),
    ],
    [
      'A15: whose index is a link to an absolute path',
      'UNSAFE_PATH',
      (all) => packTar(linked(all, '/etc/passwd')),
    ],
    [
      'A15: whose index is a link to itself',
      'UNSAFE_PATH',
      (all) => packTar(linked(all, 'index.json')),
    ],
    ['that is gzip and truncated', 'MALFORMED', (all) => gzipSync(packTar(all)).subarray(0, 200)],
    ['A6: that is a bomb', 'LIMIT_EXCEEDED', () => gzipSync(gzipBomb())],
  ])('%s is refused', async (_, code, make) => {
    expect(toCode(await open('oci-archive', make(members)))).toBe(code);
  });

  /** 200 MB of zeros compress to 200 KB: a ratio of 1,028, over the limit of 1,000. */
  function gzipBomb(): Buffer {
    return Buffer.alloc(200 * 1024 * 1024);
  }

  function linked(all: TarItem[], link: string): TarItem[] {
    return all.map((one) =>
      one.path === 'index.json' ? { path: one.path, flag: '2', link } : one,
    );
  }

  it('a Docker archive is opened, and links between its layers are followed', async () => {
    const config = JSON.stringify({
      os: 'linux',
      architecture: 'amd64',
      rootfs: { type: 'layers', diff_ids: [] },
    });
    const list = [
      { Config: 'config.json', RepoTags: ['app:1'], Layers: ['a/layer.tar', 'b/layer.tar'] },
    ];
    const docker = [
      { path: 'config.json', content: config },
      { path: 'a/layer.tar', content: layer },
      { path: 'b/layer.tar', flag: '2', link: '../a/layer.tar' },
      { path: 'manifest.json', content: JSON.stringify(list) },
    ];
    const { source, root } = orThrow(await open('docker-archive', packTar(docker)));
    const image = orThrow(await openImage(source, '', root));
    expect(image.layers.map((one) => one.descriptor.digest)).toEqual([
      sha256(layer),
      sha256(layer),
    ]);
    const [first] = image.layers;
    expect(toCode(await source.blobBytes('', first?.descriptor ?? root, layer.length))).toBe('ok');
  });

  it('B5: each of several images is found by the name that the refusal lists', async () => {
    const names = ['shop/trips:1.0', 'shop/api:1.0', 'debian:12'];
    const configs = names.map((name) => ({ path: `${name.length}.json`, content: `"${name}"` }));
    const list = names.map((name) => ({
      Config: `${name.length}.json`,
      RepoTags: [name],
      Layers: [],
    }));
    const bytes = packTar([...configs, { path: 'manifest.json', content: JSON.stringify(list) }]);
    const refused = await open('docker-archive', bytes);
    expect(refused).toMatchObject({
      ok: false,
      failure: { code: 'USAGE', remedy: expect.stringContaining(names.join(', ')) },
    });
    const path = join(work, 'several.tar');
    await writeFile(path, bytes);
    const roots = new Set<string>();
    for (const name of names) {
      const text = `docker-archive:${path}:${name}`;
      const { source, root } = orThrow(await openLayout(orThrow(parseLayoutName(text))));
      roots.add(root.digest);
      await source.close();
    }
    expect(roots.size).toBe(3);
    const same = await openLayout(orThrow(parseLayoutName(`docker-archive:${path}:1.0`)));
    expect(same).toMatchObject({ ok: false, failure: { code: 'MALFORMED' } });
  });

  it.each<[string, string, string[], TarItem[]]>([
    ['a layer that leads out of it', 'UNSAFE_PATH', ['../layer.tar'], []],
    ['a missing layer', 'MALFORMED', ['none.tar'], []],
    [
      'A15: a layer that is a hard link out of it',
      'UNSAFE_PATH',
      ['l.tar'],
      [{ path: 'l.tar', flag: '1', link: '../x' }],
    ],
  ])('a Docker archive with %s is refused', async (_, code, layers, more) => {
    const list = Buffer.from(JSON.stringify([{ Config: 'c', RepoTags: null, Layers: layers }]));
    const all = [{ path: 'c', content: '{}' }, { path: 'manifest.json', content: list }, ...more];
    expect(toCode(await open('docker-archive', packTar(all)))).toBe(code);
  });
});

const e2e = testData('vectors/notation-e2e/registry/oci_layout');

describe.skipIf(e2e === null)('the layouts of the notation project', () => {
  it.each([
    ['e2e', 0],
    ['e2e-valid-signature', 1],
    ['e2e-valid-multiple-signatures', 2],
    ['e2e-expired-signature', 1],
    ['e2e-with-timestamped-signature', 1],
  ])(
    'N2, N4, N7: %s has %d signatures, each naming the image as its subject',
    async (layout, count) => {
      const { source, root } = orThrow(
        await openLayout(makeLayoutName('oci', join(e2e ?? '', layout), 'v1')),
      );
      const type = 'application/vnd.cncf.notary.signature';
      const list = orThrow(await source.referrers('', root.digest, type));
      expect([list.complete, list.descriptors.length]).toEqual([true, count]);
      for (const entry of list.descriptors) {
        const { bytes, descriptor } = orThrow(await source.manifest('', entry.digest));
        const manifest = orThrow(parseManifest(bytes, descriptor.mediaType));
        expect(requireSubject(manifest, root).ok).toBe(true);
      }
    },
  );
});
