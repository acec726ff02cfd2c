import type { Descriptor, Platform } from '../../core/descriptor.ts';
import type { Digest } from '../../core/digest.ts';
import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../core/result.ts';
import { parseJson } from '../../formats/json/parse.ts';
import { listAttestationEntries } from './attestation-entries.ts';
import { type ImageManifest, type Manifest, parseManifest } from './manifest.ts';
import { DOCKER_CONFIG, OCI_CONFIG } from './media-types.ts';
import { listPlatformMembers, selectPlatform } from './platform.ts';
import type { ArtifactSource, CallOptions } from './port.ts';

/**
 * The opened image of one platform, as the inventory needs it. Layers are raw, and are read when
 * `open` is iterated.
 */
export interface OpenedImage {
  readonly digest: Digest;
  readonly platform: Platform | null;
  /** The platforms of an index from which this one was taken without being asked for. */
  readonly chosenFrom?: readonly Platform[];
  /** Manifests in the index with statements of its builder about this image; absent: none. */
  readonly attestations?: number;
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: Uint8Array;
  readonly layers: readonly {
    readonly descriptor: Descriptor;
    open(): AsyncIterable<Uint8Array>;
  }[];
}

/** A manifest, fetched by digest and read strictly. */
export async function pullManifest(
  source: ArtifactSource,
  repository: string,
  wanted: Descriptor | Digest,
  options: CallOptions = {},
): Promise<
  Result<{
    readonly descriptor: Descriptor;
    readonly bytes: Uint8Array;
    readonly manifest: Manifest;
  }>
> {
  const pulled = await source.manifest(repository, wanted, options);
  if (!pulled.ok) return pulled;
  const manifest = parseManifest(pulled.value.bytes, pulled.value.descriptor.mediaType);
  return manifest.ok ? ok({ ...pulled.value, manifest: manifest.value }) : manifest;
}

export interface ImageOptions extends CallOptions {
  /** The platform that is asked for. */
  readonly platform?: Platform;
  /** The platform to take where none is asked for and an index has several. */
  readonly preferred?: Platform;
}

/**
 * The image behind a descriptor. From an index, the member for `platform` is taken. Without one, it
 * is the single member that can run, or that for the preferred platform; `chosenFrom` says so.
 */
export async function openImage(
  source: ArtifactSource,
  repository: string,
  descriptor: Descriptor,
  options: ImageOptions = {},
): Promise<Result<OpenedImage>> {
  const pulled = await pullManifest(source, repository, descriptor, options);
  if (!pulled.ok) return pulled;
  const { manifest } = pulled.value;
  if (manifest.kind === 'image') {
    return openMember(
      source,
      repository,
      pulled.value.descriptor,
      manifest,
      descriptor.platform ?? null,
      options,
    );
  }
  const isAsked = options.platform !== undefined;
  const member = isAsked
    ? selectPlatform(manifest, options.platform)
    : selectMember(manifest, options.preferred);
  if (!member.ok) return member;
  const image = await pullManifest(source, repository, member.value, options);
  if (!image.ok) return image;
  if (image.value.manifest.kind !== 'image') return notAnImage('an index inside an index');
  const { platform } = member.value;
  const opened = await openMember(
    source,
    repository,
    image.value.descriptor,
    image.value.manifest,
    platform ?? null,
    options,
  );
  const there = listPlatformMembers(manifest).flatMap((one) => one.platform ?? []);
  if (!opened.ok) return opened;
  const entries = listAttestationEntries(manifest);
  const stated = entries.filter(({ about }) => about === member.value.digest);
  return ok({
    ...opened.value,
    ...(!isAsked && there.length > 1 ? { chosenFrom: there } : {}),
    ...(stated.length === 0 ? {} : { attestations: stated.length }),
  });
}

function selectMember(
  index: Manifest & { readonly kind: 'index' },
  preferred: Platform | undefined,
): Result<Descriptor> {
  const members = listPlatformMembers(index);
  const [first, second] = members;
  if (first !== undefined && second === undefined) return ok(first);
  if (members.length > 0 && preferred !== undefined) return selectPlatform(index, preferred);
  const count = `the index has ${members.length} members`;
  return fail(
    'UNSUPPORTED',
    count,
    'Name a platform with --platform, or the digest of one member.',
  );
}

async function openMember(
  source: ArtifactSource,
  repository: string,
  descriptor: Descriptor,
  manifest: ImageManifest,
  listed: Platform | null,
  options: CallOptions,
): Promise<Result<OpenedImage>> {
  const { mediaType } = manifest.config;
  if (mediaType !== OCI_CONFIG && mediaType !== DOCKER_CONFIG) {
    return notAnImage(
      `an artifact with a config of type ${JSON.stringify(mediaType.slice(0, 100))}`,
    );
  }
  const config = await source.blobBytes(
    repository,
    manifest.config,
    LIMITS.manifestBytesMax,
    options,
  );
  if (!config.ok) return config;
  const platform = readConfigPlatform(config.value);
  if (!platform.ok) return platform;
  const flaw = listed === null ? null : describeDisagreement(listed, platform.value);
  if (flaw !== null) return fail('MALFORMED', flaw, 'Build the index again from its images.');
  const layers = manifest.layers.map((layer) => ({
    descriptor: layer,
    open: () => openLayer(source, repository, layer, options),
  }));
  return ok({
    digest: descriptor.digest,
    platform: platform.value,
    descriptor,
    manifest,
    config: config.value,
    layers,
  });
}

async function* openLayer(
  source: ArtifactSource,
  repository: string,
  layer: Descriptor,
  options: CallOptions,
): AsyncGenerator<Uint8Array> {
  yield* orThrow(await source.blob(repository, layer, options));
}

/**
 * The platform in the config. The config is signed with the image; the index entry is only a hint.
 */
function readConfigPlatform(bytes: Uint8Array): Result<Platform | null> {
  const json = parseJson(bytes, { bytesMax: LIMITS.manifestBytesMax });
  if (!json.ok) return json;
  if (!isJsonObject(json.value))
    return fail('MALFORMED', 'an image config that is not an object', 'Build the image again.');
  const { os, architecture, variant } = json.value;
  if (
    typeof os !== 'string' ||
    typeof architecture !== 'string' ||
    os === '' ||
    architecture === ''
  )
    return ok(null);
  return ok({
    os,
    architecture,
    ...(typeof variant === 'string' && variant !== '' ? { variant } : {}),
  });
}

function describeDisagreement(listed: Platform, config: Platform | null): string | null {
  if (config === null || (listed.os === config.os && listed.architecture === config.architecture))
    return null;
  const there = `${config.os}/${config.architecture}`;
  return `the index lists ${listed.os}/${listed.architecture} but the image is for ${there}`.slice(
    0,
    300,
  );
}

function notAnImage(what: string): Result<never> {
  return fail(
    'UNSUPPORTED',
    `not an image that can run: ${what}`,
    'Name an image, or use the command for that kind of artifact.',
  );
}
