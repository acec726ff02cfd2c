import type { FileTree } from '../../../capabilities/inventory/index.ts';
import type {
  AllowedSigners,
  CommitQuery,
  CommitSource,
} from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow, type Result } from '../../../core/result.ts';
import {
  buildCommitFacts,
  judgeSource,
  readCommits,
  readSource,
} from '../../../gates/source/index.ts';
import { readWhole } from '../../../system/files/read-file.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { loadPolicy } from '../../compose/policy.ts';
import { openGit } from '../../compose/trees.ts';
import { loadAllowedSigners } from '../allowed-signers.ts';
import { loadCallConfig } from '../call-config.ts';
import type { GateCommitCall } from '../options/gates.ts';
import { warnAboutOwnPolicy } from '../own-policy.ts';
import { readPushedRefs } from '../pushed-refs.ts';
import type { Report } from '../report/report.ts';
import { recordSource } from '../source-record.ts';
import { type JudgedSource, reportSources } from '../source-verdict.ts';

type Git =
  Awaited<ReturnType<typeof openGit>> extends Result<infer Repository> ? Repository : never;

/** What is judged together: commits, and the tree of the newest of them. */
interface Batch {
  readonly what: string;
  /** Null for what is staged: there is no commit yet. */
  readonly tip: string | null;
  readonly commits: readonly string[];
}

/**
 * The commit gate over objects of git: what is staged, what is pushed, a commit, or a range. Never
 * the work tree.
 */
export async function run(call: GateCommitCall): Promise<Report> {
  const isStaged = call.options.staged;
  const isPush = call.options.push;
  const [rev] = call.args;
  if ([isStaged, isPush, rev !== undefined].filter(Boolean).length > 1)
    throw new Failure(
      'USAGE',
      'one of --staged, --push and a commit is judged',
      'Name one of them.',
    );
  if (isStaged && call.options.record)
    throw new Failure(
      'USAGE',
      'what is staged is no commit yet, and a decision is recorded about one',
      'Record it when it is a commit.',
    );
  const git = orThrow(await openGit(call.io.cwd, call.io.env, { inHook: isStaged || isPush }));
  try {
    const batches = isStaged
      ? [await readStaged(call, git)]
      : isPush
        ? await readPushed(call, git)
        : [await named(git, rev ?? 'HEAD')];
    if (batches.length > 0) return await judgeBatches(call, git, batches);
    call.io.err('nothing is pushed that could be judged\n');
    return { kind: 'result', exitCode: 0, value: null, blocks: () => [] };
  } finally {
    git.close();
  }
}

async function readStaged({ io }: GateCommitCall, git: Git): Promise<Batch> {
  const signs = orThrow(await git.readSettings('commit.gpgsign', 'bool')).at(-1)?.value === 'true';
  if (!signs)
    io.err(
      'commits are not signed here, and a push is asked for signatures: git config ' +
        'commit.gpgsign true, git config gpg.format ssh\n',
    );
  return { what: 'what is staged', tip: null, commits: [] };
}

async function named(git: CommitSource, text: string): Promise<Batch> {
  const range = /^(.*?)\.\.\.?(.*)$/s.exec(text);
  const tip = orThrow(await git.resolve(range === null ? text : range[2] || 'HEAD'));
  if (range === null) return { what: `commit ${tip}`, tip, commits: [tip] };
  const commits = orThrow(await git.listRange(text, LIMITS.commitsMax));
  return { what: `commit ${tip} (${commits.length} commits of ${text})`, tip, commits };
}

/**
 * The lines that git gives a pre-push hook: every commit that a ref would gain, and the tree of
 * each tip.
 */
async function readPushed(call: GateCommitCall, git: Git): Promise<readonly Batch[]> {
  const bytes = await readWhole('standard input', LIMITS.configBytesMax, call.io.stdin);
  const refs = orThrow(readPushedRefs(new TextDecoder().decode(bytes)));
  const named = call.options.remote ?? '';
  const remote = /^\w[\w./-]*$/.test(named) ? named : null;
  const batches: Batch[] = [];
  for (const { name, localId, remoteId } of refs) {
    if (localId === null) continue; // A deletion brings nothing.
    const tip = orThrow(await git.resolve(localId));
    const commits = orThrow(
      await git.listReachable(await findGain(git, tip, remoteId, remote), LIMITS.commitsMax),
    );
    batches.push({
      what:
        `${name} at ${tip} ` +
        `(${commits.length === 1 ? 'one new commit' : `${commits.length} new commits`})`,
      tip,
      commits,
    });
  }
  return batches;
}

/**
 * What a ref gains is what it and the remote's default branch do not have. That another branch of
 * the remote has a commit says nothing: a stranger's may lie there. Only where neither is known
 * here, all that the remote has counts as known.
 */
async function findGain(
  git: Git,
  tip: string,
  remoteId: string | null,
  remote: string | null,
): Promise<CommitQuery> {
  const names = [remoteId, remote === null ? null : `refs/remotes/${remote}/HEAD`];
  const known: string[] = [];
  for (const name of names) {
    const there = name === null ? null : await git.resolve(name);
    if (there?.ok === true) known.push(there.value);
  }
  return { tips: [tip], known, remote: known.length > 0 ? null : remote };
}

async function judgeBatches(
  call: GateCommitCall,
  git: Git,
  batches: readonly Batch[],
): Promise<Report> {
  const config = loadCallConfig(call);
  const policy = orThrow(await loadPolicy(config));
  const needsSigners = batches.some(({ commits }) => commits.length > 0);
  const signers: Result<AllowedSigners> | null = needsSigners
    ? await loadAllowedSigners(call, git)
    : null;
  const { index: advisories, close } = await openAdvisories(config);
  try {
    const judged: JudgedSource[] = [];
    for (const batch of batches) {
      if (batch.tip !== null && batch.commits.length === 0)
        call.io.err('no commit is new here: the tree alone is judged\n');
      const now = toInstant(Date.now());
      const tree = batch.tip === null ? git.stagedTree() : git.openTree(batch.tip);
      await warnAboutOwnPolicy(call, config, {
        topLevel: git.topLevel,
        tree,
        before: await before(git, batch),
      });
      const reading = await readSource(tree, batch.what, { advisories, now, signal: call.signal });
      const read = signers === null ? NONE : await readCommits(git, batch.commits, signers);
      const question = {
        gate: 'commit',
        policy,
        reading,
        commits: buildCommitFacts(read),
        rebuild: { kind: 'not-asked' },
      } as const;
      const evaluation = judgeSource({ ...question, advisories, now });
      judged.push({
        what: batch.what,
        commit: batch.tip,
        commits: batch.commits,
        reading,
        evaluation,
      });
      const tip = read.judged.find(({ commit }) => commit.id === batch.tip) ?? null;
      if (call.options.record)
        await recordSource(call, git, { tip, id: batch.tip, evaluation, now });
    }
    return reportSources('commit', judged, call.options.explain);
  } finally {
    close();
  }
}

const BEFORE_MAX = 20;

/**
 * The trees that a batch comes after: of the parents that are not part of it, or of HEAD for what
 * is staged.
 */
async function before(git: Git, { tip, commits }: Batch): Promise<readonly FileTree[]> {
  const parents = new Set<string>();
  if (tip === null) {
    const head = await git.resolve('HEAD');
    if (head.ok) parents.add(head.value);
  }
  const own = new Set(commits);
  for (const id of commits) {
    const read = await git.commit(id);
    for (const parent of read.ok ? read.value.parents : [])
      if (!own.has(parent)) parents.add(parent);
  }
  return [...parents].slice(0, BEFORE_MAX).map((id) => git.openTree(id));
}

const NONE = { judged: [], missing: null };
