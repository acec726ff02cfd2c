import {
  type ArtifactSource,
  pullManifest,
  requireSubject,
} from '../../../capabilities/registry/index.ts';
import type { Descriptor } from '../../../core/descriptor.ts';
import { Failure } from '../../../core/failure.ts';
import { formatRepository, parseImageReference } from '../../../core/image-reference.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { openCommandClient } from '../../compose/command-registry.ts';
import type { Config } from '../../config/config.ts';
import { type Collector, type FoundDocument, findUnreadable } from './found-document.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Everything that is attached to the tagged images of a repository, each manifest once. */
export function collectRegistry(
  repository: string,
  { config, env, signal }: { config: Config; env: Environment; signal: AbortSignal },
): Collector {
  const parsed = parseImageReference(`${repository}:latest`);
  if (!parsed.ok)
    throw new Failure('USAGE', `${repository} is no repository`, 'Write HOST/PATH, without a tag.');
  return async function* (isKnown) {
    const client = await openCommandClient(config, env);
    try {
      const name = formatRepository(parsed.value);
      const { tags } = orThrow(await client.tags(name, { signal }));
      const seen = new Set<string>();
      for (const tag of tags) {
        const image = await client.resolve({ ...parsed.value, tag, digest: null }, { signal });
        if (!image.ok) {
          yield findUnreadable(tag, image.failure);
          continue;
        }
        if (seen.has(image.value.digest)) continue;
        const listed = await client.referrers(name, image.value.digest, null, { signal });
        if (!listed.ok) {
          yield findUnreadable(tag, listed.failure);
          continue;
        }
        if (!listed.value.complete) yield findUnreadable(tag, createCutFailure());
        seen.add(image.value.digest);
        for (const referrer of listed.value.descriptors) {
          if (isKnown(referrer.digest) || seen.has(referrer.digest)) continue;
          seen.add(referrer.digest);
          yield* listLayers({ client, name, signal, isKnown }, tag, image.value, referrer);
        }
      }
    } finally {
      client.close();
    }
  };
}

interface AttachmentPlace {
  readonly client: ArtifactSource;
  readonly name: string;
  readonly signal: AbortSignal;
  readonly isKnown: (mark: string) => boolean;
}

/** Every layer of what is attached, and its manifest where that cannot be read. */
async function* listLayers(
  { client, name, signal, isKnown }: AttachmentPlace,
  tag: string,
  subject: Descriptor,
  referrer: Descriptor,
): AsyncGenerator<FoundDocument> {
  const what = `${tag} ${referrer.artifactType ?? referrer.digest}`;
  const pulled = await pullManifest(client, name, referrer, { signal });
  if (!pulled.ok) return yield findUnreadable(what, pulled.failure);
  const own = requireSubject(pulled.value.manifest, subject);
  if (!own.ok) return yield findUnreadable(what, own.failure);
  const layers = own.value.kind === 'image' ? own.value.layers : [];
  for (const [at, layer] of layers.entries()) {
    const mark = layers.length === 1 ? referrer.digest : `${referrer.digest} ${at}`;
    if (isKnown(mark)) continue;
    const read = async () =>
      orThrow(await client.blobBytes(name, layer, LIMITS.documentBytesMax, { signal }));
    yield { name: what, mark, subject: subject.digest, read };
  }
}

function createCutFailure(): Failure {
  return new Failure(
    'REGISTRY_MISBEHAVED',
    'not everything that is attached to it was listed',
    'Remove what nobody needs, or ask who runs the registry.',
  );
}
