import { type Digest, parseDigest } from '../../core/digest.ts';
import { formatImageReference, parseImageReference } from '../../core/image-reference.ts';
import type { JsonObject } from '../../core/json.ts';
import { type ClusterObject, readObject, readObjects, readText } from './cluster-list.ts';
import type { NoDigestReason, PodImages, RunningImage } from './pod-images.ts';
import { listSettings } from './pod-settings.ts';

const PLACES = [
  ['container', 'containers', 'containerStatuses'],
  ['init', 'initContainers', 'initContainerStatuses'],
  ['ephemeral', 'ephemeralContainers', 'ephemeralContainerStatuses'],
] as const;

/** Whether the containers of the pod still exist: a pod that completed or failed runs nothing. */
export function isRunning({ body }: ClusterObject): boolean {
  const phase = readText(readObject(body['status'])['phase']);
  return phase !== 'Succeeded' && phase !== 'Failed';
}

/**
 * What a pod runs: init, plain and ephemeral containers, and images that are mounted as volumes.
 */
export function listImages({ body }: ClusterObject): PodImages {
  const [spec, status] = [readObject(body['spec']), readObject(body['status'])];
  const annotations = readObject(readObject(body['metadata'])['annotations']);
  const images: RunningImage[] = [];
  const undigested: NoDigestReason[] = [];
  for (const [kind, listed, reported] of PLACES) {
    const statuses = new Map(
      readObjects(status[reported]).map((one) => [readText(one['name']), one]),
    );
    for (const container of readObjects(spec[listed])) {
      const [name, image] = [readText(container['name']), readText(container['image'])];
      const own = statuses.get(name);
      if (name === null || image === null || (kind === 'ephemeral' && hasEnded(own))) continue;
      const { digest, why } = findDigest(image, own);
      if (why !== null) undigested.push(why);
      images.push({
        container: name,
        reference: formatReference(image),
        digest,
        kind,
        settings: listSettings(spec, container, annotations),
      });
    }
  }
  return { images: [...images, ...listVolumeImages(spec)], undigested };
}

function hasEnded(status: JsonObject | undefined): boolean {
  return readObject(status?.['state'])['terminated'] !== undefined;
}

/** An image in a volume is known by its reference alone: it has no status. */
function listVolumeImages(spec: JsonObject): readonly RunningImage[] {
  return readObjects(spec['volumes']).flatMap((volume): RunningImage[] => {
    const [name, image] = [
      readText(volume['name']),
      readText(readObject(volume['image'])['reference']),
    ];
    if (name === null || image === null) return [];
    return [
      {
        container: name,
        reference: formatReference(image),
        digest: readPinnedDigest(image),
        kind: 'volume',
        settings: [],
      },
    ];
  });
}

/** The reference as a gate normalises it; a text that is no reference stays as it is. */
function formatReference(image: string): string {
  const parsed = parseImageReference(image);
  return parsed.ok ? formatImageReference(parsed.value) : image;
}

function readPinnedDigest(image: string): Digest | null {
  const parsed = parseImageReference(image);
  return parsed.ok ? parsed.value.digest : null;
}

/**
 * The manifest that runs. Runtimes write `imageID` as `docker-pullable://REPOSITORY@DIGEST` or
 * `REPOSITORY@DIGEST`. A bare `sha256:…`, also after `docker://`, is the id of the configuration,
 * which names no manifest and is never taken for one. The digest may be that of an index or of its
 * member: the graph knows both.
 */
function findDigest(image: string, status: JsonObject | undefined): DigestLookup {
  const id = readText(status?.['imageID'])?.replace(/^[a-z][a-z0-9.+-]*:\/\//, '') ?? '';
  const at = id.lastIndexOf('@');
  const digest = at < 1 ? null : parseDigest(id.slice(at + 1));
  if (digest?.ok === true) return { digest: digest.value, why: null };
  // A digest in the specification is what was pulled, as soon as anything was pulled.
  const named = id === '' ? null : readPinnedDigest(image);
  if (named !== null) return { digest: named, why: null };
  if (status === undefined || id === '') return { digest: null, why: 'not-started' };
  return {
    digest: null,
    why: /^(?:sha256:)?[0-9a-f]{64}$/.test(id) ? 'configuration-id' : 'not-told',
  };
}

interface DigestLookup {
  readonly digest: Digest | null;
  readonly why: NoDigestReason | null;
}
