import type { ArtifactTarget, CallOptions } from '../../capabilities/registry/index.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { pushArtifacts } from './publish.ts';
import type { StagedArtifact, StagingArea } from './staging.ts';

const ROUNDS_MAX = 4;
const FIRST_PAUSE_MS = 50;

/**
 * Pushes what was staged until it is listed. Where a registry keeps referrers behind a tag and
 * knows no conditional writes, somebody who attaches at the same moment may overwrite our entry
 * after it was read back; so every entry is looked for once more at the end.
 */
export async function attachStaged(
  target: ArtifactTarget,
  repository: string,
  staging: StagingArea,
  pause: (ms: number) => Promise<unknown>,
  options: CallOptions,
): Promise<Result<null>> {
  for (let round = 0; round < ROUNDS_MAX; round++) {
    if (round > 0) await pause(FIRST_PAUSE_MS * 2 ** round);
    const pushed = await pushArtifacts(target, repository, staging, options);
    if (!pushed.ok) return pushed;
    const listed = await findListed(target, repository, staging.artifacts, options);
    if (!listed.ok) return listed;
    // mutant lost-entry-is-not-pushed-again by attach: condition -> true
    if (listed.value) return ok(null);
  }
  return fail(
    'REGISTRY_MISBEHAVED',
    `the registry does not list what was attached in ${repository}`,
    'Run it again; if it recurs, ask the operator of the registry.',
  );
}

async function findListed(
  target: ArtifactTarget,
  repository: string,
  artifacts: readonly StagedArtifact[],
  options: CallOptions,
): Promise<Result<boolean>> {
  let isWhole = true;
  for (const [subject, expected] of Map.groupBy(artifacts, (one) => one.subject)) {
    const list = await target.referrers(repository, subject, null, options);
    if (!list.ok) return list;
    const { descriptors, complete } = list.value;
    const there = new Set(descriptors.map(({ digest }) => digest));
    // Of a list that is cut off, the end is unknown.
    isWhole &&=
      !complete || expected.every(({ manifest }) => there.has(manifest.descriptor.digest));
  }
  return ok(isWhole);
}
