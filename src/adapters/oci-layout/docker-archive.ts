import { createHash } from 'node:crypto';
import {
  type Content,
  DOCKER_CONFIG,
  DOCKER_LAYER_TAR,
  DOCKER_MANIFEST,
  type IndexManifest,
  OCI_INDEX,
  toContent,
} from '../../capabilities/registry/index.ts';
import type { Descriptor } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { isJsonObject, type JsonValue } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { canonicalizeJson } from '../../formats/json/canonical.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { type Container, readWhole } from './container.ts';
import type { ContentStore } from './store.ts';

interface ArchiveImage {
  readonly config: string;
  readonly layers: readonly string[];
  readonly tags: readonly string[];
}

/**
 * What `docker save` writes, as a content store. The archive has no manifests, so one is made from
 * its config and layers. The digest of that manifest names the content of this archive. It is not
 * the digest of the image in a registry.
 */
export async function openDockerStore(container: Container): Promise<Result<ContentStore>> {
  const listed = await readList(container);
  if (!listed.ok) return listed;
  const contents = new Map<Digest, Content | { readonly path: string; readonly size: number }>();
  const manifests: Descriptor[] = [];
  for (const image of listed.value) {
    const made = await makeManifest(container, image, contents);
    if (!made.ok) return made;
    const names = image.tags.length === 0 ? [null] : image.tags;
    for (const name of names) manifests.push({ ...made.value, ...toAnnotations(name) });
  }
  const index: IndexManifest = {
    ...{ kind: 'index', mediaType: OCI_INDEX, artifactType: null, subject: null, annotations: {} },
    manifests,
  };
  const findSize = (digest: Digest) => {
    const content = contents.get(digest);
    if (content === undefined) return null;
    return 'bytes' in content ? content.bytes.length : content.size;
  };
  return ok({
    name: container.name,
    index: async () => ok(index),
    size: async (digest) => ok(findSize(digest)),
    stream: (digest) => streamContent(container, contents.get(digest)),
    close: container.close,
  });
}

function toAnnotations(name: string | null): Pick<Descriptor, 'annotations'> {
  return name === null ? {} : { annotations: { 'org.opencontainers.image.ref.name': name } };
}

async function* streamContent(
  container: Container,
  content: Content | { readonly path: string } | undefined,
): AsyncGenerator<Uint8Array> {
  if (content === undefined) return;
  if ('bytes' in content) yield content.bytes;
  else yield* container.stream(content.path);
}

async function readList(container: Container): Promise<Result<readonly ArchiveImage[]>> {
  const bytes = await readWhole(container, 'manifest.json', LIMITS.manifestBytesMax);
  if (!bytes.ok) {
    const remedy = 'Name a file that docker save wrote.';
    const absent = bytes.failure.code === 'NOT_FOUND';
    return absent ? fail('NOT_FOUND', `${container.name} has no manifest.json`, remedy) : bytes;
  }
  const json = parseJson(bytes.value, { bytesMax: LIMITS.manifestBytesMax });
  if (!json.ok) return json;
  const images: ArchiveImage[] = [];
  if (!Array.isArray(json.value) || json.value.length > LIMITS.indexManifestsMax)
    return malformed('its manifest.json is not a list, or the list is too long');
  for (const item of json.value as readonly JsonValue[]) {
    if (!isJsonObject(item)) return malformed('an image is not an object');
    const { Config: config, Layers: layers, RepoTags: tags } = item;
    const tagList = tags === null || tags === undefined ? [] : parseTexts(tags);
    const layerList = parseTexts(layers);
    if (typeof config !== 'string' || layerList === null || tagList === null)
      return malformed('an image lacks a member');
    if (layerList.length > LIMITS.layersMax)
      return fail('LIMIT_EXCEEDED', 'an image has too many layers', 'Squash the image.');
    images.push({ config, layers: layerList, tags: tagList });
  }
  return ok(images);
}

function parseTexts(value: JsonValue | undefined): readonly string[] | null {
  const list = Array.isArray(value) ? (value as readonly JsonValue[]) : null;
  return list?.every((item) => typeof item === 'string') ? (list as readonly string[]) : null;
}

async function makeManifest(
  container: Container,
  image: ArchiveImage,
  contents: Map<Digest, Content | { readonly path: string; readonly size: number }>,
): Promise<Result<Descriptor>> {
  const bytes = await readWhole(container, image.config, LIMITS.manifestBytesMax);
  if (!bytes.ok) return bytes;
  const config = toContent(DOCKER_CONFIG, bytes.value);
  contents.set(config.descriptor.digest, config);
  const layers: Descriptor[] = [];
  for (const path of image.layers) {
    const layer = await describeLayer(container, path);
    if (!layer.ok) return layer;
    contents.set(layer.value.digest, { path, size: layer.value.size });
    layers.push(layer.value);
  }
  const json = {
    schemaVersion: 2,
    mediaType: DOCKER_MANIFEST,
    config: config.descriptor,
    layers,
  } as unknown as JsonValue;
  const manifest = toContent(DOCKER_MANIFEST, new TextEncoder().encode(canonicalizeJson(json)));
  contents.set(manifest.descriptor.digest, manifest);
  return ok(manifest.descriptor);
}

/**
 * Reads a layer once for its digest. Its first bytes show whether it is compressed, as in Docker.
 */
async function describeLayer(container: Container, path: string): Promise<Result<Descriptor>> {
  const found = await container.size(path);
  if (!found.ok) return found;
  if (found.value === null)
    return malformed(`the layer ${JSON.stringify(path.slice(0, 100))} is not in it`);
  const hash = createHash('sha256');
  let size = 0;
  let gzip = false;
  for await (const chunk of container.stream(path)) {
    if (size === 0) gzip = chunk[0] === 0x1f && chunk[1] === 0x8b;
    hash.update(chunk);
    size += chunk.length;
  }
  const mediaType = gzip ? `${DOCKER_LAYER_TAR}.gzip` : DOCKER_LAYER_TAR;
  return ok({ mediaType, digest: `sha256:${hash.digest('hex')}` as Digest, size });
}

function malformed(why: string): Result<never> {
  return fail('MALFORMED', `not a readable Docker archive: ${why}`, 'Save the image again.');
}
