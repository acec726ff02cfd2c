import { type Digest, parseDigest } from '../../core/digest.ts';
import { formatImageReference, parseImageReference } from '../../core/image-reference.ts';
import type { JsonObject } from '../../core/json.ts';
import { type ClusterObject, objectOf, objectsOf, textOf } from './cluster-list.ts';
import { settingsOf } from './pod-settings.ts';

/** One container of a pod and what it runs. */
export interface RunningImage {
  readonly container: string;
  readonly reference: string;
  readonly digest: Digest | null;
  readonly kind: 'container' | 'init' | 'ephemeral' | 'volume';
  readonly settings: readonly string[];
}

/** Why nobody can say which manifest a container runs. */
export type Undigested = 'not-started' | 'configuration-id' | 'not-told';

export interface PodImages {
  readonly images: readonly RunningImage[];
  readonly undigested: readonly Undigested[];
}

const PLACES = [
  ['container', 'containers', 'containerStatuses'],
  ['init', 'initContainers', 'initContainerStatuses'],
  ['ephemeral', 'ephemeralContainers', 'ephemeralContainerStatuses'],
] as const;

/** Whether the pod holds its containers still: one that completed or failed runs nothing more. */
export function isRunning({ body }: ClusterObject): boolean {
  const phase = textOf(objectOf(body['status'])['phase']);
  return phase !== 'Succeeded' && phase !== 'Failed';
}

/** What a pod runs: init, plain and ephemeral containers, and images that are mounted as volumes. */
export function imagesOf({ body }: ClusterObject): PodImages {
  const [spec, status] = [objectOf(body['spec']), objectOf(body['status'])];
  const images: RunningImage[] = [];
  const undigested: Undigested[] = [];
  for (const [kind, listed, told] of PLACES) {
    const statuses = new Map(objectsOf(status[told]).map((one) => [textOf(one['name']), one]));
    for (const container of objectsOf(spec[listed])) {
      const [name, image] = [textOf(container['name']), textOf(container['image'])];
      const own = statuses.get(name);
      if (name === null || image === null || (kind === 'ephemeral' && hasEnded(own))) continue;
      const { digest, why } = digestOf(image, own);
      if (why !== null) undigested.push(why);
      images.push({
        container: name,
        reference: referenceOf(image),
        digest,
        kind,
        settings: settingsOf(spec, container),
      });
    }
  }
  return { images: [...images, ...volumesOf(spec)], undigested };
}

function hasEnded(status: JsonObject | undefined): boolean {
  return objectOf(status?.['state'])['terminated'] !== undefined;
}

/** What a volume mounts is told by its reference alone: there is no status of it. */
function volumesOf(spec: JsonObject): readonly RunningImage[] {
  return objectsOf(spec['volumes']).flatMap((volume): RunningImage[] => {
    const [name, image] = [textOf(volume['name']), textOf(objectOf(volume['image'])['reference'])];
    if (name === null || image === null) return [];
    return [{ container: name, reference: referenceOf(image), digest: pinned(image), kind: 'volume', settings: [] }];
  });
}

/** As a gate would name it; what is no reference stays as it is. */
function referenceOf(image: string): string {
  const parsed = parseImageReference(image);
  return parsed.ok ? formatImageReference(parsed.value) : image;
}

function pinned(image: string): Digest | null {
  const parsed = parseImageReference(image);
  return parsed.ok ? parsed.value.digest : null;
}

/**
 * The manifest that runs. Runtimes write `imageID` as `docker-pullable://REPOSITORY@DIGEST` or `REPOSITORY@DIGEST`; a bare
 * `sha256:…`, also behind `docker://`, is the id of the configuration, which names no manifest and is never taken for one.
 * It may be the digest of an index or of its member: the graph knows both.
 */
function digestOf(image: string, status: JsonObject | undefined): Told {
  const id = textOf(status?.['imageID'])?.replace(/^[a-z][a-z0-9.+-]*:\/\//, '') ?? '';
  const at = id.lastIndexOf('@');
  const told = at < 1 ? null : parseDigest(id.slice(at + 1));
  if (told?.ok === true) return { digest: told.value, why: null };
  // A digest in the specification is what was pulled, once anything was.
  const named = id === '' ? null : pinned(image);
  if (named !== null) return { digest: named, why: null };
  if (status === undefined || id === '') return { digest: null, why: 'not-started' };
  return { digest: null, why: /^(?:sha256:)?[0-9a-f]{64}$/.test(id) ? 'configuration-id' : 'not-told' };
}

interface Told {
  readonly digest: Digest | null;
  readonly why: Undigested | null;
}
