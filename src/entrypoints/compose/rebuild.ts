import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RebuildStatement } from '../../capabilities/attestation/index.ts';
import {
  compareImages,
  type FileTree,
  type ImageContent,
  pairLayers,
} from '../../capabilities/inventory/index.ts';
import { openImage } from '../../capabilities/registry/index.ts';
import { Failure } from '../../core/failure.ts';
import { formatRepository, parseImageReference } from '../../core/image-reference.ts';
import { type Instant, toInstant } from '../../core/instant.ts';
import { orThrow } from '../../core/result.ts';
import type { BuildSource } from '../../gates/facts/index.ts';
import { pickEnvironment } from '../../system/processes/child-environment.ts';
import { openLayoutImage } from './registry.ts';
import { openGit } from './trees.ts';

export interface RebuildTerms {
  readonly source: BuildSource;
  /** A git repository that has the commit. */
  readonly repository: string;
  /** For /bin/sh, in the tree of the commit. */
  readonly command: string;
  readonly timeMs: number;
  /** Variables of ours that the build gets beside PATH. */
  readonly passed: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/**
 * Builds an image again from its recorded materials and compares both: the files of the commit in a
 * new folder, the declared command as a child with an environment of its own, and the image that it
 * leaves as an OCI layout in `WAYBILL_OUTPUT`. The folder is removed at the end.
 */
export async function rebuildImage(
  image: ImageContent,
  terms: RebuildTerms,
): Promise<RebuildStatement> {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-rebuild-'));
  try {
    const [tree, home, output] = ['source', 'home', 'image'].map((name) => join(folder, name));
    if (tree === undefined || home === undefined || output === undefined)
      throw new Failure('INTERNAL', 'three folders', 'Report this.');
    for (const path of [tree, home]) mkdirSync(path);
    const { checkOut, runBuild } = await import('../../adapters/rebuild/index.ts');
    const { source, command, timeMs, signal } = terms;
    const made = await withCommit(terms, async (files, at) => {
      await checkOut(files, tree, at);
      return at;
    });
    const env = buildEnvironment(terms, { home, output, at: made });
    await runBuild({ command, cwd: tree, env, timeMs, signal });
    const compared = await compareWith(image, output, signal);
    const { commit, repository, base } = source;
    const finishedAt = toInstant(Date.now());
    return { commit, repository, base, command, ...compared, finishedAt };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function withCommit(
  { repository, source, env }: RebuildTerms,
  use: (files: FileTree, at: Instant) => Promise<Instant>,
): Promise<Instant> {
  const git = orThrow(await openGit(repository, env));
  try {
    const found = await git.resolve(source.commit);
    // mutant rebuild-of-another-commit by rebuild: condition -> false
    if (!found.ok || found.value !== source.commit)
      throw new Failure(
        'USAGE',
        `the commit ${source.commit} is not in the git repository of ${repository}`,
        'Name a clone that has it: --source FOLDER, after git fetch.',
      );
    const { committer } = orThrow(await git.commit(source.commit));
    return await use(git.openTree(source.commit), committer.at ?? toInstant(0));
  } finally {
    git.close();
  }
}

/** Nothing of ours but PATH and what was named; the rest is the same on every machine. */
function buildEnvironment(
  { env, passed, source }: RebuildTerms,
  { home, output, at }: { readonly home: string; readonly output: string; readonly at: Instant },
): Readonly<Record<string, string>> {
  return {
    // mutant rebuild-with-our-secrets by rebuild: argument 2 -> Object.keys(env)
    ...pickEnvironment(env, passed),
    ...{ HOME: home, TMPDIR: home, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8', TZ: 'UTC' },
    SOURCE_DATE_EPOCH: String(Math.floor(at / 1_000)),
    WAYBILL_OUTPUT: output,
    WAYBILL_COMMIT: source.commit,
    ...(source.base === null ? {} : { WAYBILL_BASE_IMAGE: source.base }),
  };
}

type Comparison = Pick<
  RebuildStatement,
  'rebuilt' | 'reproduced' | 'sameContent' | 'difference' | 'layers'
>;

async function compareWith(
  image: ImageContent,
  output: string,
  signal: AbortSignal,
): Promise<Comparison> {
  // mutant rebuild-that-left-nothing by rebuild: condition -> false
  if (!existsSync(join(output, 'index.json')))
    throw new Failure(
      'BUILD_FAILED',
      'the build left no OCI layout in $WAYBILL_OUTPUT',
      'Let the command write one there, such as: docker buildx build --output type=oci,tar=false,dest=$WAYBILL_OUTPUT .',
    );
  const { source, root } = await openLayoutImage(`oci:${output}`);
  try {
    const reference = orThrow(parseImageReference('layout.invalid/image'));
    const { platform } = image;
    const options = { signal, ...(platform === null ? {} : { preferred: platform }) };
    const built = await openImage(source, formatRepository(reference), root, options);
    const other = orThrow(built);
    const compared = orThrow(await compareImages(image, other));
    const layers = pairLayers(image, other).map(({ digest, other: rebuilt, match }) => ({
      ...{ digest, rebuilt, match },
    }));
    const rebuilt = other.digest;
    if (compared.equal)
      return { rebuilt, layers, reproduced: true, sameContent: true, difference: null };
    const { text, changesWhatRuns } = compared.difference;
    const difference = text.slice(0, 2_000);
    return { rebuilt, layers, reproduced: false, sameContent: !changesWhatRuns, difference };
  } finally {
    await source.close();
  }
}
