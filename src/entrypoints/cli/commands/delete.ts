import {
  type ReleasePart,
  type ReleaseSource,
  readArtifactType,
  surveyRelease,
} from '../../../capabilities/registry/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import {
  formatImageReference,
  formatRepository,
  type ImageReference,
} from '../../../core/image-reference.ts';
import { orThrow } from '../../../core/result.ts';
import type { AttachPorts } from '../../../phases/build/index.ts';
import { openAttachTarget } from '../attach-target.ts';
import { loadCallConfig } from '../call-config.ts';
import type { DeleteCall } from '../options/artifacts.ts';
import { showLine, showTable } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';

type Target = AttachPorts['target'] & Pick<ReleaseSource, 'tags'>;

/** Deletes a manifest. What is attached to it would lose its subject, so it goes with it. */
export async function run(call: DeleteCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const { target, reference, close } = await openAttachTarget(
    call.args[0] ?? '',
    { io: call.io },
    config,
  );
  try {
    const { root, parts } = orThrow(
      await surveyRelease(target, reference, { signal: call.signal }),
    );
    const chosen = chooseParts(parts, root.digest);
    const image = formatImageReference({ ...reference, digest: root.digest });
    // mutant delete-leaves-no-orphan by tag-and-delete: condition -> false
    if (chosen.length > 1 && !call.options.withAttached)
      throw new Failure(
        'USAGE',
        `${chosen.length - 1} manifests are attached to ${image}, and would be about nothing`,
        'Delete them with it: --with-attached.',
      );
    const tags = await listTags(target, reference, root.digest, call.signal);
    // mutant delete-needs-yes by tag-and-delete: condition -> true
    if (call.options.yes) await deleteParts(target, reference, chosen, call.signal);
    return showDeletion(image, chosen, { tags, deleted: call.options.yes });
  } finally {
    close();
  }
}

/** What is attached first, and what was named last: no manifest is left without its subject. */
function chooseParts(parts: readonly ReleasePart[], root: Digest): readonly ReleasePart[] {
  const chosen = new Set<Digest>([root]);
  for (const { content, manifest } of parts)
    if (manifest.subject !== null && chosen.has(manifest.subject.digest))
      chosen.add(content.descriptor.digest);
  return parts.filter(({ content }) => chosen.has(content.descriptor.digest)).reverse();
}

async function deleteParts(
  target: Target,
  reference: ImageReference,
  parts: readonly ReleasePart[],
  signal: AbortSignal,
): Promise<void> {
  const repository = formatRepository(reference);
  for (const { manifest } of parts) {
    if (manifest.subject === null) continue;
    const { digest } = manifest.subject;
    const { via } = orThrow(await target.referrers(repository, digest, null, { signal }));
    // mutant delete-behind-a-fallback-tag by tag-and-delete: condition -> false
    if (via === 'fallback-tag')
      throw new Failure(
        'UNSUPPORTED',
        'the registry lists what is attached behind a tag, which would go on naming it',
        'Leave it to the clean-up rules of the registry.',
      );
  }
  for (const { content } of parts)
    orThrow(await target.deleteManifest(repository, content.descriptor.digest, { signal }));
}

/** The tags that lead to the digest; none where the place does not list them all. */
async function listTags(
  target: Target,
  reference: ImageReference,
  digest: Digest,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const listed = await target.tags(formatRepository(reference), { signal });
  if (!listed.ok) return [];
  const found: string[] = [];
  for (const tag of listed.value.tags.slice(0, TAGS_MAX)) {
    const resolved = await target.resolve({ ...reference, tag, digest: null }, { signal });
    if (resolved.ok && resolved.value.digest === digest) found.push(tag);
  }
  return found;
}

const TAGS_MAX = 100;

function showDeletion(
  image: string,
  parts: readonly ReleasePart[],
  { tags, deleted }: { readonly tags: readonly string[]; readonly deleted: boolean },
): Report {
  const manifests = parts.map(({ content, manifest }) => ({
    digest: content.descriptor.digest,
    type: readArtifactType(manifest) ?? manifest.mediaType,
  }));
  const also = tags.length === 0 ? '' : `, with its tags ${tags.join(', ')}`;
  return {
    kind: 'result',
    exitCode: deleted ? 0 : 1,
    value: toValue('delete', () => ({ image, deleted, manifests, tags })),
    blocks: () => [
      showTable(
        ['DIGEST', 'TYPE'],
        manifests.map(({ digest, type }) => [digest, type]),
      ),
      showLine(
        deleted ? `deleted ${image}${also}` : `would be deleted: ${image}${also}; add --yes`,
      ),
    ],
  };
}
