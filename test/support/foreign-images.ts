import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import {
  buildImageManifest,
  type Content,
  OCI_INDEX,
  OCI_MANIFEST,
  toContent,
} from '../../src/capabilities/registry/index.ts';
import type { Descriptor } from '../../src/core/descriptor.ts';
import { takeHex } from '../../src/core/digest.ts';
import { packTar, type TarItem } from '../../tools/image/tar.ts';
import { type BuiltImage, buildOneLayerImage } from './debian-image.ts';
import { file, link } from './images.ts';

/** Files that a build tool writes, by path; a link is written as one. */
type ImageFiles = readonly TarItem[];

const json = (value: unknown): string => JSON.stringify(value);
const hex = ({ descriptor }: Content): string => takeHex(descriptor.digest);
const blobPath = (content: Content): string => `blobs/sha256/${hex(content)}`;
const toBlobs = (contents: readonly Content[]): ImageFiles =>
  contents.map((content) => file(blobPath(content), content.bytes));

/** A manifest or index as BuildKit and Docker write them, with the members in their order. */
function buildRawManifest(mediaType: string, members: object): Content {
  const text = json({ schemaVersion: 2, mediaType, ...members });
  return toContent(mediaType, Buffer.from(text));
}

function buildLayoutFiles(contents: readonly Content[], manifests: readonly object[]): ImageFiles {
  return [
    file('oci-layout', '{"imageLayoutVersion": "1.0.0"}'),
    file('index.json', json({ schemaVersion: 2, mediaType: OCI_INDEX, manifests })),
    ...toBlobs(contents),
  ];
}

interface Parts {
  readonly image: BuiltImage;
  readonly config: Content;
  readonly layer: Content;
  readonly tar: Buffer;
}

function splitImage(items: ImageFiles, architecture = 'amd64'): Parts {
  const image = buildOneLayerImage(items, architecture);
  const [config, layer] = image.blobs;
  if (config === undefined || layer === undefined) throw new Error('an image without parts');
  return { image, config, layer, tar: gunzipSync(layer.bytes) };
}

const NAME = 'docker.io/shop/trips:1.0';
const NAMED = {
  'io.containerd.image.name': NAME,
  'org.opencontainers.image.created': '2026-11-01T00:00:00Z',
  'org.opencontainers.image.ref.name': '1.0',
};

/** BuildKit's SBOM and provenance of one platform image: unsigned in-toto statements. */
export function buildAttestation(subject: Descriptor, sbom: object = {}): readonly Content[] {
  const statement = (predicateType: string, predicate: object): Content =>
    toContent(
      'application/vnd.in-toto+json',
      Buffer.from(
        json({
          _type: 'https://in-toto.io/Statement/v0.1',
          predicateType,
          subject: [
            {
              name: 'pkg:docker/shop/trips@1.0?platform=linux%2Famd64',
              digest: { sha256: takeHex(subject.digest) },
            },
          ],
          predicate,
        }),
      ),
    );
  const layers = [
    { content: statement('https://spdx.dev/Document', sbom), type: 'https://spdx.dev/Document' },
    {
      content: statement('https://slsa.dev/provenance/v0.2', { builder: { id: '' } }),
      type: 'https://slsa.dev/provenance/v0.2',
    },
  ];
  const config = toContent(
    'application/vnd.oci.image.config.v1+json',
    Buffer.from(
      json({
        architecture: 'unknown',
        os: 'unknown',
        config: {},
        rootfs: {
          type: 'layers',
          diff_ids: layers.map(({ content }) => content.descriptor.digest),
        },
      }),
    ),
  );
  const manifest = buildRawManifest(OCI_MANIFEST, {
    config: config.descriptor,
    layers: layers.map(({ content, type }) => ({
      ...content.descriptor,
      annotations: { 'in-toto.io/predicate-type': type },
    })),
  });
  return [manifest, config, ...layers.map(({ content }) => content)];
}

/** The index of a build with attestations: platforms, and `unknown/unknown` for each. */
export function buildxIndex(images: readonly (readonly [string, BuiltImage])[]): {
  readonly index: Content;
  readonly contents: readonly Content[];
} {
  const attested = images.map(([, { manifest }]) => buildAttestation(manifest.descriptor));
  const index = buildRawManifest(OCI_INDEX, {
    manifests: [
      ...images.map(([architecture, { manifest }]) => ({
        ...manifest.descriptor,
        platform: { architecture, os: 'linux' },
      })),
      ...images.map(([, { manifest }], at) => ({
        ...attested[at]?.[0]?.descriptor,
        annotations: {
          'vnd.docker.reference.digest': manifest.descriptor.digest,
          'vnd.docker.reference.type': 'attestation-manifest',
        },
        platform: { architecture: 'unknown', os: 'unknown' },
      })),
    ],
  });
  const contents = [
    ...images.flatMap(([, { manifest, blobs }]) => [manifest, ...blobs]),
    ...attested.flat(),
  ];
  return { index, contents };
}

/** `docker buildx build --output type=oci`: an index in the index, with attestations. */
function buildxOci(items: ImageFiles): ImageFiles {
  const { index, contents } = buildxIndex([['amd64', splitImage(items).image]]);
  return buildLayoutFiles([index, ...contents], [{ ...index.descriptor, annotations: NAMED }]);
}

/** `docker save` up to version 24: a folder for each layer, a link for one that is in another. */
function dockerLegacy(items: ImageFiles): ImageFiles {
  return [
    ...legacyFiles(items, ['shop/trips:1.0']),
    file('repositories', json({ 'shop/trips': { '1.0': LEGACY_ID } })),
  ];
}

/** The same of an image that was named by its ID. */
const dockerLegacyById = (items: ImageFiles): ImageFiles => legacyFiles(items, null);

const LEGACY_ID = 'a'.repeat(64);

function legacyFiles(items: ImageFiles, tags: readonly string[] | null): ImageFiles {
  const { config, tar } = splitImage(items);
  const id = LEGACY_ID;
  const stored = 'c'.repeat(64);
  const list = [{ Config: `${hex(config)}.json`, RepoTags: tags, Layers: [`${id}/layer.tar`] }];
  const describe = (one: string): ImageFiles => [
    { path: `${one}/`, flag: '5', mode: 0o755 },
    file(`${one}/VERSION`, '1.0'),
    file(`${one}/json`, json({ id: one })),
  ];
  return [
    ...describe(stored),
    file(`${stored}/layer.tar`, tar),
    file(`${hex(config)}.json`, config.bytes),
    ...describe(id),
    link(`${id}/layer.tar`, `../${stored}/layer.tar`),
    file('manifest.json', json(list)),
  ];
}

/** `docker save` from version 25 on: a layout, and manifest.json for older readers. */
function dockerLayout(items: ImageFiles): ImageFiles {
  const { config, tar } = splitImage(items);
  const layer = toContent('application/vnd.oci.image.layer.v1.tar', tar);
  const manifest = buildImageManifest({ config: config.descriptor, layers: [layer.descriptor] });
  const list = [
    {
      Config: blobPath(config),
      RepoTags: ['shop/trips:1.0'],
      Layers: [blobPath(layer)],
      LayerSources: { [layer.descriptor.digest]: layer.descriptor },
    },
  ];
  return [
    ...buildLayoutFiles(
      [config, layer, manifest],
      [{ ...manifest.descriptor, annotations: NAMED }],
    ),
    file('manifest.json', json(list)),
    file('repositories', json({ 'shop/trips': { '1.0': hex(layer) } })),
  ];
}

/** `docker save` with containerd's store: the index lists platforms that are not in the archive. */
function dockerContainerd(items: ImageFiles): ImageFiles {
  const { image, config, layer } = splitImage(items);
  const other = splitImage(items, 'arm64');
  const { index, contents } = buildxIndex([
    ['amd64', image],
    ['arm64', other.image],
  ]);
  const absent = new Set([other.image.manifest, ...other.image.blobs].map(hex));
  const there = contents.filter((content) => !absent.has(hex(content)) || content === layer);
  const list = [
    { Config: blobPath(config), RepoTags: ['shop/trips:1.0'], Layers: [blobPath(layer)] },
  ];
  return [
    ...buildLayoutFiles([index, ...there], [{ ...index.descriptor, annotations: NAMED }]),
    file('manifest.json', json(list)),
  ];
}

/** `podman save`: layers by digest, and links of the older form to them. */
function podmanArchive(items: ImageFiles): ImageFiles {
  const { config, tar } = splitImage(items);
  const layer = toContent('application/vnd.oci.image.layer.v1.tar', tar);
  const id = 'b'.repeat(64);
  const list = [
    {
      Config: `${hex(config)}.json`,
      RepoTags: ['localhost/shop/trips:1.0'],
      Layers: [`${hex(layer)}.tar`],
    },
  ];
  return [
    file(`${hex(layer)}.tar`, tar),
    file(`${hex(config)}.json`, config.bytes),
    link(`${id}/layer.tar`, `../${hex(layer)}.tar`),
    file(`${id}/VERSION`, '1.0'),
    file(`${id}/json`, json({ id })),
    file('manifest.json', json(list)),
    file('repositories', json({ 'localhost/shop/trips': { '1.0': id } })),
  ];
}

/** `podman save --format oci-archive`, and `buildah push … oci-archive:`. */
function podmanOci(items: ImageFiles): ImageFiles {
  const { image } = splitImage(items);
  const annotations = { 'org.opencontainers.image.ref.name': 'localhost/shop/trips:1.0' };
  const { manifest, blobs } = image;
  const manifests = [{ ...manifest.descriptor, annotations }];
  // Without a media type, which version 5 has.
  return buildLayoutFiles([manifest, ...blobs], manifests).map((one) =>
    one.path === 'index.json' ? file(one.path, json({ schemaVersion: 2, manifests })) : one,
  );
}

/** kaniko's `--tar-path`, ko's `--tarball` and crane's: compressed layers, a colon in a name. */
function containerRegistryTar(items: ImageFiles): ImageFiles {
  const { config, layer } = splitImage(items);
  const list = [
    {
      Config: config.descriptor.digest,
      RepoTags: ['registry.example.com/shop/trips:1.0'],
      Layers: [`${hex(layer)}.tar.gz`],
    },
  ];
  return [
    file(config.descriptor.digest, config.bytes),
    file(`${hex(layer)}.tar.gz`, layer.bytes),
    file('manifest.json', json(list)),
  ];
}

/** `jib buildTar`: config.json, and layers as they are pushed. */
function jibTar(items: ImageFiles): ImageFiles {
  const { config, layer } = splitImage(items);
  const list = [
    { Config: 'config.json', RepoTags: ['shop/trips:1.0'], Layers: [`${hex(layer)}.tar.gz`] },
  ];
  return [
    file(`${hex(layer)}.tar.gz`, layer.bytes),
    file('config.json', config.bytes),
    file('manifest.json', json(list)),
  ];
}

/** A layout without names: kaniko's `--oci-layout-path`, ko, apko and `oci_image` of Bazel. */
export function bareLayout(items: ImageFiles): ImageFiles {
  const { image } = splitImage(items);
  const { manifest, blobs } = image;
  return buildLayoutFiles([manifest, ...blobs], [manifest.descriptor]);
}

/** A layout of one image for several architectures, without attestations. */
export function platformsLayout(
  images: readonly (readonly [architecture: string, items: ImageFiles])[],
): ImageFiles {
  const built = images.map(
    ([architecture, items]) => [architecture, splitImage(items, architecture).image] as const,
  );
  const index = buildRawManifest(OCI_INDEX, {
    manifests: built.map(([architecture, { manifest }]) => ({
      ...manifest.descriptor,
      platform: { architecture, os: 'linux' },
    })),
  });
  const contents = built.flatMap(([, { manifest, blobs }]) => [manifest, ...blobs]);
  return buildLayoutFiles([index, ...contents], [index.descriptor]);
}

function apkoLayout(items: ImageFiles): ImageFiles {
  return platformsLayout([
    ['amd64', items],
    ['arm64', items],
  ]);
}

/** What each build tool writes, by the prefix under which Waybill reads it. */
export const BUILD_TOOLS: readonly {
  readonly tool: string;
  readonly kind: 'oci' | 'oci-archive' | 'docker-archive';
  readonly write: (items: ImageFiles) => ImageFiles;
}[] = [
  { tool: 'docker buildx --output type=oci', kind: 'oci-archive', write: buildxOci },
  { tool: 'docker buildx --output type=oci,tar=false', kind: 'oci', write: buildxOci },
  { tool: 'docker save 24', kind: 'docker-archive', write: dockerLegacy },
  { tool: 'docker save 24, by ID', kind: 'docker-archive', write: dockerLegacyById },
  { tool: 'docker save 25, read as Docker archive', kind: 'docker-archive', write: dockerLayout },
  { tool: 'docker save 25, read as OCI archive', kind: 'oci-archive', write: dockerLayout },
  { tool: "docker save from containerd's store", kind: 'docker-archive', write: dockerContainerd },
  { tool: 'podman save', kind: 'docker-archive', write: podmanArchive },
  { tool: 'podman save --format oci-archive', kind: 'oci-archive', write: podmanOci },
  { tool: 'buildah push oci:', kind: 'oci', write: podmanOci },
  { tool: 'kaniko --tar-path', kind: 'docker-archive', write: containerRegistryTar },
  { tool: 'kaniko --oci-layout-path', kind: 'oci', write: bareLayout },
  { tool: 'ko --tarball', kind: 'docker-archive', write: containerRegistryTar },
  { tool: 'ko --oci-layout-path', kind: 'oci', write: bareLayout },
  { tool: 'jib buildTar', kind: 'docker-archive', write: jibTar },
  { tool: 'apko build', kind: 'oci', write: apkoLayout },
  { tool: 'apko build, one architecture', kind: 'docker-archive', write: containerRegistryTar },
  { tool: 'oci_image of Bazel', kind: 'oci', write: bareLayout },
];

/** Writes what a tool writes, as an archive or into a folder, and gives the name of the image. */
export function writeForeign(
  place: string,
  kind: (typeof BUILD_TOOLS)[number]['kind'],
  items: ImageFiles,
): string {
  if (kind !== 'oci') {
    mkdirSync(dirname(place), { recursive: true });
    writeFileSync(place, packTar(items));
    return `${kind}:${place}`;
  }
  for (const { path, content, link: target } of items) {
    const at = join(place, path);
    mkdirSync(dirname(at), { recursive: true });
    if (target === undefined) writeFileSync(at, content ?? '');
    else symlinkSync(target, at);
  }
  return `oci:${place}`;
}
