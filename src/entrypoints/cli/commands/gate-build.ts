import { existsSync, realpathSync } from 'node:fs';
import { relative, sep } from 'node:path';
import {
  compareImages,
  type FileTree,
  type ImageContent,
} from '../../../capabilities/inventory/index.ts';
import type { FactList, JudgedCommitFact } from '../../../capabilities/policy/index.ts';
import { openImage } from '../../../capabilities/registry/index.ts';
import { Failure, toFailure } from '../../../core/failure.ts';
import { formatImageReference, formatRepository } from '../../../core/image-reference.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { orThrow, type Result } from '../../../core/result.ts';
import {
  buildCommitFacts,
  createUnknownCommits,
  type JudgedCommit,
  judgeSourceWithRego,
  narrowTree,
  type Rebuild,
  readCommits,
  readSource,
} from '../../../gates/source/index.ts';
import { createCommandBudget } from '../../../system/processes/reading-budget.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { listOwnPolicyNotes } from '../../compose/own-policy.ts';
import { loadPolicy } from '../../compose/policy.ts';
import { openRego } from '../../compose/rego.ts';
import { openImageTarget } from '../../compose/take-inventory.ts';
import { parseTarget } from '../../compose/targets.ts';
import { openGit } from '../../compose/trees.ts';
import type { Config } from '../../config/config.ts';
import { loadCommitSigners } from '../allowed-signers.ts';
import { loadCallConfig, loadSourceCallConfig, readTargetContext } from '../call-config.ts';
import type { GateBuildCall } from '../options/gates.ts';
import type { Report } from '../report/report.ts';
import { openSource, parseSourceFolder, type SourceFolder } from '../source-targets.ts';
import { printNotes, record, reportSources } from '../source-verdict.ts';

type Git =
  Awaited<ReturnType<typeof openGit>> extends Result<infer Repository> ? Repository : never;

/** What will be built, and from which commit. */
interface Source {
  readonly what: string;
  readonly tree: FileTree;
  readonly commit: string | null;
  readonly tip: JudgedCommit | null;
  readonly commits: FactList<JudgedCommitFact>;
}

/**
 * The build gate judges the tree of the commit that is built, its signatures, and whether two
 * builds of it are equal.
 */
export async function run(call: GateBuildCall): Promise<Report> {
  const folder = parseSourceFolder(call.args[0], call);
  const config = await loadSourceCallConfig(call, folder.path);
  requireBoth(call);
  const policy = orThrow(await loadPolicy(config));
  const git = await openRepository(folder, call);
  const { index: advisories, close } = await openAdvisories(config);
  try {
    const source =
      git === null ? await readFolder(folder) : await readCommit(folder, git, call, config);
    const own = { topLevel: git?.topLevel ?? null, tree: source.tree, before: [] };
    printNotes(call, await listOwnPolicyNotes(config, own));
    const now: Instant = toInstant(Date.now());
    const rebuild = await compareBuilds(call);
    const reading = await readSource(source.tree, source.what, {
      advisories,
      now,
      signal: call.signal,
      reading: createCommandBudget(),
    });
    const { commits, what, commit, tip } = source;
    const question = { gate: 'build', policy, reading, commits, tip: commit, rebuild } as const;
    const evaluation = await judgeSourceWithRego(
      { ...question, advisories, now },
      openRego(config),
      call.signal,
    );
    if (call.options.record) {
      if (git === null)
        throw new Failure(
          'USAGE',
          'only a decision about a commit can be recorded',
          'Build from a git repository.',
        );
      await record(call, config, git, { tip, id: commit, evaluation, now });
    }
    const commitIds = commit === null ? [] : [commit];
    const judged = { what, commit, commits: commitIds, reading, evaluation };
    return reportSources('build', [judged], call.options.explain);
  } finally {
    close();
    git?.close();
  }
}

/**
 * A folder outside of a repository has no commits. If a commit is named, it is a failure that git
 * cannot be asked.
 */
async function openRepository({ path }: SourceFolder, call: GateBuildCall): Promise<Git | null> {
  const opened = await openGit(path, call.io.env);
  if (opened.ok) return opened.value;
  if (call.options.commit !== undefined || opened.failure.code !== 'USAGE') throw opened.failure;
  return null;
}

async function readFolder(folder: SourceFolder): Promise<Source> {
  const commits = createUnknownCommits(
    `${folder.text} is not in a git repository, so its author is unknown`,
  );
  return { what: folder.text, tree: await openSource(folder), commit: null, tip: null, commits };
}

async function readCommit(
  folder: SourceFolder,
  git: Git,
  call: GateBuildCall,
  config: Config,
): Promise<Source> {
  const asked = call.options.commit;
  const commit = orThrow(await git.resolve(asked ?? 'HEAD'));
  const within =
    git.topLevel === null
      ? ''
      : relative(realpathSync(git.topLevel), realpathSync(folder.path)).split(sep).join('/');
  const read = await readCommits(git, [commit], await loadCommitSigners(call, config, git));
  const dirty = git.topLevel !== null && (await isDifferent(git, commit));
  const why = 'the work tree differs from the commit, and its changes are not signed';
  if (dirty) call.io.err(`${why}; the tree of the commit is judged\n`);
  return {
    what: `${within === '' ? '' : `${within} of `}commit ${commit}`,
    tree: narrowTree(git.openTree(commit), within),
    commit,
    tip: read.judged[0] ?? null,
    commits: dirty ? createUnknownCommits(why) : buildCommitFacts(read),
  };
}

/** Whether the work tree differs from the commit that is judged. */
async function isDifferent(git: Git, commit: string): Promise<boolean> {
  const facts = await git.facts();
  return facts.dirty || facts.commit !== commit;
}

function requireBoth({ options, io }: GateBuildCall): void {
  const [built, rebuilt] = [options.built, options.rebuilt];
  if ((built === undefined) !== (rebuilt === undefined))
    throw new Failure(
      'USAGE',
      'a comparison needs two builds: --built and --rebuilt',
      'Name both, or neither.',
    );
  if (
    built === undefined ||
    rebuilt === undefined ||
    resolvePlace(built, io.cwd) !== resolvePlace(rebuilt, io.cwd)
  )
    return;
  const why = `${built} and ${rebuilt} are the same build under two names`;
  throw new Failure(
    'USAGE',
    why,
    'Build twice, each time into a different place, and name both places.',
  );
}

/**
 * Where an image is, independent of how it is named. A copy cannot be distinguished from a second
 * build.
 */
function resolvePlace(text: string, cwd: string): string {
  const target = parseTarget(text, cwd);
  if (target.kind === 'image') return formatImageReference(target.reference);
  const path = target.text.replace(/^[a-z-]+:/, '');
  return existsSync(path) ? realpathSync(path) : target.text;
}

/** If a build could not be read, the comparison is unknown; the builds do not count as equal. */
async function compareBuilds(call: GateBuildCall): Promise<Rebuild> {
  const [built, rebuilt] = [call.options.built, call.options.rebuilt];
  if (built === undefined || rebuilt === undefined) return { kind: 'not-asked' };
  try {
    return await withImage(built, call, (one) =>
      withImage(rebuilt, call, async (other): Promise<Rebuild> => {
        const compared = orThrow(await compareImages(one, other));
        if (compared.equal) return { kind: 'equal' };
        return { kind: 'different', difference: compared.difference.text };
      }),
    );
  } catch (thrown) {
    const cause = toFailure(thrown);
    if (cause.code === 'INTERNAL' || cause.code === 'USAGE' || call.signal.aborted) throw thrown;
    return { kind: 'unknown', cause };
  }
}

async function withImage<T>(
  text: string,
  call: GateBuildCall,
  use: (image: ImageContent) => Promise<T>,
): Promise<T> {
  const target = parseTarget(text, call.io.cwd);
  if (target.kind !== 'layout' && target.kind !== 'image')
    throw new Failure(
      'USAGE',
      `${text} is not an image`,
      'Name oci:DIR, an archive or an image reference.',
    );
  const { source, reference, close } = await openImageTarget(
    target,
    readTargetContext(call, await loadCallConfig(call)),
  );
  try {
    const options = { signal: call.signal };
    const descriptor = orThrow(await source.resolve(reference, options));
    return await use(
      orThrow(await openImage(source, formatRepository(reference), descriptor, options)),
    );
  } finally {
    close();
  }
}
