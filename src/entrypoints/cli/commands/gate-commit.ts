import type { CommitSigners } from '../../../capabilities/signing/index.ts';
import { Failure } from '../../../core/failure.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { orThrow, type Result } from '../../../core/result.ts';
import {
  buildCommitFacts,
  type CommitBatch,
  judgeSourceWithRego,
  listCommitsBefore,
  readBatch,
  readCommits,
  readPushedBatches,
  readPushedRefs,
  readReceivedBatches,
  readReceivedRefs,
  readSource,
  STAGED,
} from '../../../gates/source/index.ts';
import { readWhole } from '../../../system/files/read-file.ts';
import { createCommandBudget } from '../../../system/processes/reading-budget.ts';
import { openAdvisories } from '../../compose/advisories.ts';
import { listOwnPolicyNotes } from '../../compose/own-policy.ts';
import { loadPolicy } from '../../compose/policy.ts';
import { openRego } from '../../compose/rego.ts';
import { openGit } from '../../compose/trees.ts';
import { loadCommitSigners } from '../allowed-signers.ts';
import { loadSourceCallConfig } from '../call-config.ts';
import { sayNote } from '../io.ts';
import type { GateCommitCall } from '../options/gates.ts';
import type { Report } from '../report/report.ts';
import { type JudgedSource, printNotes, record, reportSources } from '../source-verdict.ts';

type Git =
  Awaited<ReturnType<typeof openGit>> extends Result<infer Repository> ? Repository : never;

/**
 * The commit gate judges objects of git: the staged changes, a push, a commit or a range. It never
 * judges the work tree.
 */
export async function run(call: GateCommitCall): Promise<Report> {
  const isStaged = call.options.staged;
  const isPush = call.options.push;
  const isReceive = call.options.receive;
  const [rev] = call.args;
  if ([isStaged, isPush, isReceive, rev !== undefined].filter(Boolean).length > 1)
    throw new Failure(
      'USAGE',
      'only one of --staged, --push, --receive and a commit can be judged',
      'Name one of them.',
    );
  if (isStaged && call.options.record)
    throw new Failure(
      'USAGE',
      'staged changes are not a commit yet, and only a decision about a commit can be recorded',
      'Commit first, then record.',
    );
  const git = orThrow(
    await openGit(call.io.cwd, call.io.env, { inHook: isStaged || isPush || isReceive }),
  );
  try {
    const batches = isStaged
      ? [await readStaged(call, git)]
      : isPush || isReceive
        ? await readPushed(call, git)
        : [orThrow(await readBatch(git, rev ?? 'HEAD'))];
    if (batches.length > 0) return await judgeBatches(call, git, batches);
    sayNote(call.io, 'the push contains nothing to judge\n');
    return { kind: 'result', exitCode: 0, value: null, blocks: () => [] };
  } finally {
    git.close();
  }
}

async function readStaged({ io }: GateCommitCall, git: Git): Promise<CommitBatch> {
  const signs = orThrow(await git.readSettings('commit.gpgsign', 'bool')).at(-1)?.value === 'true';
  if (!signs)
    io.err(
      'commits are not signed here, and the gate requires signatures at a push: git config ' +
        'commit.gpgsign true, git config gpg.format ssh\n',
    );
  return STAGED;
}

/** The lines that git gives a pre-push or a pre-receive hook. */
async function readPushed(call: GateCommitCall, git: Git): Promise<readonly CommitBatch[]> {
  const bytes = await readWhole('standard input', LIMITS.configBytesMax, call.io.stdin);
  const text = new TextDecoder().decode(bytes);
  if (call.options.receive)
    return orThrow(await readReceivedBatches(git, orThrow(readReceivedRefs(text))));
  const refs = orThrow(readPushedRefs(text));
  return orThrow(await readPushedBatches(git, refs, call.options.remote ?? ''));
}

async function judgeBatches(
  call: GateCommitCall,
  git: Git,
  batches: readonly CommitBatch[],
): Promise<Report> {
  const config = await loadSourceCallConfig(call);
  const policy = orThrow(await loadPolicy(config));
  const needsSigners = batches.some(({ commits }) => commits.length > 0);
  const signers: CommitSigners | null = needsSigners
    ? await loadCommitSigners(call, config, git)
    : null;
  const { index: advisories, close } = await openAdvisories(config);
  const budget = createCommandBudget();
  try {
    const judged: JudgedSource[] = [];
    for (const batch of batches) {
      if (batch.tip !== null && batch.commits.length === 0)
        sayNote(call.io, 'there is no new commit: only the tree is judged\n');
      const now = toInstant(Date.now());
      const tree = batch.tip === null ? git.stagedTree() : git.openTree(batch.tip);
      const before = (await listCommitsBefore(git, batch)).map((id) => git.openTree(id));
      printNotes(call, await listOwnPolicyNotes(config, { topLevel: git.topLevel, tree, before }));
      const reading = await readSource(tree, batch.what, {
        advisories,
        now,
        signal: call.signal,
        reading: budget,
      });
      const read = signers === null ? NONE : await readCommits(git, batch.commits, signers);
      const question = {
        gate: 'commit',
        policy,
        reading,
        commits: buildCommitFacts(read),
        tip: batch.tip,
        rebuild: { kind: 'not-asked' },
      } as const;
      const evaluation = await judgeSourceWithRego(
        { ...question, advisories, now },
        openRego(config),
        call.signal,
      );
      judged.push({
        what: batch.what,
        commit: batch.tip,
        commits: batch.commits,
        reading,
        evaluation,
      });
      const tip = read.judged.find(({ commit }) => commit.id === batch.tip) ?? null;
      if (call.options.record)
        await record(call, config, git, { tip, id: batch.tip, evaluation, now });
    }
    return reportSources('commit', judged, call.options.explain);
  } finally {
    close();
  }
}

const NONE = { judged: [], missing: null };
