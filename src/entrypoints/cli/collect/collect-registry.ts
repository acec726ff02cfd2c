import { parseDescriptor } from '../../../core/descriptor.ts';
import { Failure } from '../../../core/failure.ts';
import { formatRepository, parseImageReference } from '../../../core/image-reference.ts';
import { isJsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { parseJson } from '../../../formats/json/parse.ts';
import { openRegistryClient } from '../../compose/registry.ts';
import type { Config } from '../../config/config.ts';
import type { Collector } from './found-document.ts';

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
    const client = await openRegistryClient(config, env);
    try {
      const name = formatRepository(parsed.value);
      const { tags } = orThrow(await client.tags(name, { signal }));
      const seen = new Set<string>();
      for (const tag of tags) {
        const reference = { ...parsed.value, tag, digest: null };
        const image = orThrow(await client.resolve(reference, { signal }));
        if (seen.has(image.digest)) continue;
        seen.add(image.digest);
        const listed = orThrow(await client.referrers(name, image.digest, null, { signal }));
        for (const referrer of listed.descriptors) {
          if (isKnown(referrer.digest) || seen.has(referrer.digest)) continue;
          seen.add(referrer.digest);
          const manifest = orThrow(await client.manifest(name, referrer, { signal }));
          const [layer] = readLayers(manifest.bytes);
          if (layer === undefined) continue;
          yield {
            ...{ name: `${tag} ${referrer.artifactType ?? referrer.digest}` },
            ...{ mark: referrer.digest, subject: image.digest },
            read: async () =>
              orThrow(await client.blobBytes(name, layer, LIMITS.documentBytesMax, { signal })),
          };
        }
      }
    } finally {
      client.close();
    }
  };
}

function readLayers(bytes: Uint8Array) {
  const json = parseJson(bytes, { bytesMax: LIMITS.manifestBytesMax });
  const layers = json.ok && isJsonObject(json.value) ? json.value['layers'] : undefined;
  const read = Array.isArray(layers) ? layers.map((one) => parseDescriptor(one)) : [];
  return read.flatMap((one) => (one.ok ? [one.value] : []));
}
