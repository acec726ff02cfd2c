import { rm } from 'node:fs/promises';
import type { ArtifactTarget, ReleaseSource } from '../../capabilities/registry/index.ts';
import { type Digest, takeHex } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import {
  formatImageReference,
  formatRepository,
  type ImageReference,
  parseImageReference,
} from '../../core/image-reference.ts';
import { orThrow } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { openCommandClient } from './command-registry.ts';
import { openLayoutImage, packArchive } from './registry.ts';
import { parseTarget, type Target } from './targets.ts';

type Client = Awaited<ReturnType<typeof openCommandClient>>;

/** From where a release is copied. */
interface CopySource {
  readonly source: ReleaseSource;
  readonly reference: ImageReference;
  readonly tag: string | null;
}

/** To where it is copied. */
interface CopyTarget {
  readonly target: ArtifactTarget;
  readonly repository: string;
  readonly tag: string | null;
  /** Makes the archive out of what was copied; elsewhere there is nothing left to do. */
  readonly finish: () => Promise<void>;
  /** What was copied, by its digest. */
  readonly format: (digest: Digest) => string;
}

export interface CopyPlaces extends CopySource {
  /** Opens the target, once it is known what is copied to it. */
  readonly openTarget: (root: Digest) => Promise<CopyTarget>;
  /** The path of the source in the registry of the target, where it is the same one. */
  readonly mountFrom: string | null;
  readonly close: () => void;
}

/** A place on disk has no repository; a registry could not have this one. */
const ON_DISK = 'layout.invalid/image';

/** Opens both ends of a copy. A wrong name of the target is a failure before anything is read. */
export async function openCopyPlaces(
  [from, to]: readonly [string, string],
  { config, env, cwd }: { config: Config; env: NodeJS.ProcessEnv; cwd: string },
): Promise<CopyPlaces> {
  const target = await parseCopyTarget(to, cwd);
  const client = await openCommandClient(config, env);
  try {
    const opened = await openSource(parseTarget(from, cwd), client);
    const name = opened.tag;
    return {
      ...opened,
      mountFrom: findMount(opened.reference, target),
      openTarget: (root) => openTarget(target, name, root, client),
      close: () => {
        opened.close();
        client.close();
      },
    };
  } catch (thrown) {
    client.close();
    throw thrown;
  }
}

async function openSource(
  from: Target,
  client: Client,
): Promise<CopySource & { readonly close: () => void }> {
  if (from.kind === 'image') {
    const { reference } = from;
    const tag = reference.digest === null ? (reference.tag ?? 'latest') : null;
    return { source: client, reference, tag, close: () => undefined };
  }
  if (from.kind !== 'layout') throw notAPlace(from.text);
  const { source, root } = await openLayoutImage(from.text);
  const reference = { ...orThrow(parseImageReference(ON_DISK)), tag: null, digest: root.digest };
  const close = () => void source.close().catch(() => undefined);
  return { source, reference, tag: await findOnlyTag(source, root.digest, from.text), close };
}

/** The tag of an image on disk that was named by its tag, or that has one tag only. */
async function findOnlyTag(
  source: ReleaseSource,
  root: Digest,
  text: string,
): Promise<string | null> {
  const { parseLayoutName } = await import('../../adapters/oci-layout/index.ts');
  const named = orThrow(parseLayoutName(text));
  if (named.digest !== null) return null;
  const { tags } = orThrow(await source.tags(ON_DISK));
  const own: string[] = named.tag === null ? [] : [named.tag];
  for (const tag of named.tag === null ? tags.filter((one) => !one.startsWith('sha')) : []) {
    const reference = { ...orThrow(parseImageReference(ON_DISK)), tag, digest: null };
    const resolved = await source.resolve(reference);
    if (resolved.ok && resolved.value.digest === root) own.push(tag);
  }
  // Docker and containerd call an image by its whole name, of which a registry takes the end.
  const [only, ...others] = own.map((tag) => tag.slice(tag.lastIndexOf(':') + 1));
  return others.length > 0 ? null : (only ?? null);
}

type TargetName =
  | { readonly kind: 'image'; readonly reference: ImageReference }
  | {
      readonly kind: 'oci' | 'oci-archive';
      readonly path: string;
      readonly tag: string | null;
      readonly text: string;
    };

async function parseCopyTarget(text: string, cwd: string): Promise<TargetName> {
  const target = parseTarget(text, cwd);
  if (target.kind === 'image') {
    if (target.reference.digest !== null) throw pinned(text);
    // A reference without a tag means the tag latest; here it means that of the source.
    const tag = text.endsWith(`:${target.reference.tag}`) ? target.reference.tag : null;
    return { kind: 'image', reference: { ...target.reference, tag } };
  }
  if (target.kind !== 'layout') throw notAPlace(text);
  const { parseLayoutName } = await import('../../adapters/oci-layout/index.ts');
  const { kind, path, tag, digest } = orThrow(parseLayoutName(target.text));
  if (digest !== null) throw pinned(text);
  if (kind === 'docker-archive')
    throw new Failure(
      'USAGE',
      'an archive of Docker has no place for signatures',
      'Name oci-archive:FILE, which docker load reads as well.',
    );
  return { kind, path, tag, text: `${kind}:${path}` };
}

async function openTarget(
  name: TargetName,
  sourceTag: string | null,
  root: Digest,
  client: Client,
): Promise<CopyTarget> {
  if (name.kind === 'image') {
    const { reference } = name;
    const tag = reference.tag ?? sourceTag;
    const format = (digest: Digest) => formatImageReference({ ...reference, tag, digest });
    const repository = formatRepository(reference);
    return { target: client, repository, tag, format, finish: async () => undefined };
  }
  const { openLayoutTarget } = await import('../../adapters/oci-layout/index.ts');
  const tag = name.tag ?? sourceTag;
  const format = (digest: Digest) => `${name.text}@${digest}`;
  const place = { repository: ON_DISK, tag, format };
  if (name.kind === 'oci') {
    const target = orThrow(await openLayoutTarget(name.path));
    return { ...place, target, finish: async () => undefined };
  }
  // It stays where a copy ends early, and the next copy of the same image goes on in it.
  const folder = `${name.path}.${takeHex(root).slice(0, 12)}.partial`;
  const { target, write } = await packArchive(folder);
  const finish = async (): Promise<void> => {
    await write(name.path);
    await rm(folder, { recursive: true });
  };
  return { ...place, target, finish };
}

function findMount(from: ImageReference, to: TargetName): string | null {
  if (to.kind !== 'image' || from.registry !== to.reference.registry) return null;
  return from.repository;
}

function pinned(text: string): Failure {
  return new Failure(
    'USAGE',
    `${text} names a digest, and a copy has the digest of its source`,
    'Name the repository, with or without a tag.',
  );
}

function notAPlace(text: string): Failure {
  return new Failure(
    'USAGE',
    `${text} is no place of an image`,
    'Name registry.example.com/team/image:TAG, oci:DIR:TAG or oci-archive:FILE.',
  );
}
