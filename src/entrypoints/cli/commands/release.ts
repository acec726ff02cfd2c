import { randomUUID } from 'node:crypto';
import type { Evaluation } from '../../../capabilities/policy/index.ts';
import type { ArtifactSource } from '../../../capabilities/registry/index.ts';
import type { BuildJob } from '../../../capabilities/signing/index.ts';
import { type Digest, sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import {
  formatImageReference,
  type ImageReference,
  parseImageReference,
} from '../../../core/image-reference.ts';
import { toInstant } from '../../../core/instant.ts';
import { listAddresses, readHost, removeCredentials } from '../../../core/repository-address.ts';
import { orThrow, type Result } from '../../../core/result.ts';
import { type DeskPorts, type ImageVerdict, judgeOnce } from '../../../gates/desk/index.ts';
import { buildSourceFacts, narrowToClaim, type SourceOrigin } from '../../../gates/facts/index.ts';
import { gatherImage } from '../../../gates/image-evidence/index.ts';
import {
  gatherReleaseEvidence,
  type ReleaseFacts,
  type ReleaseOutcome,
  type ReleasePorts,
  type ReleaseRequest,
  shipRelease,
} from '../../../phases/build/index.ts';
import { createCommandBudget } from '../../../system/processes/reading-budget.ts';
import { proveJob } from '../../compose/build-job.ts';
import { openCommandClient } from '../../compose/command-registry.ts';
import { openGraphFacts, openLedger } from '../../compose/graph.ts';
import { type InventoryCompletion, openCompletion } from '../../compose/inventory-completion.ts';
import { openSigningKey } from '../../compose/key-stores.ts';
import { type Judge, openJudge } from '../../compose/open-judge.ts';
import { openImageTarget } from '../../compose/take-inventory.ts';
import { parseTarget } from '../../compose/targets.ts';
import { openGit, readGitFacts } from '../../compose/trees.ts';
import { version } from '../../compose/version.ts';
import { loadCallConfig, readTargetContext } from '../call-config.ts';
import { makePrintable, sayNote } from '../io.ts';
import type { ReleaseCall } from '../options/release.ts';
import { showLine } from '../report/block.ts';
import { type Report, toValue } from '../report/report.ts';
import { showVerdict, toVerdictExitCode, toVerdictJson } from '../verdict-output.ts';

/** Ships a release; a refusal leaves nothing in the registry and nothing in the log. */
export async function run(call: ReleaseCall): Promise<Report> {
  const config = await loadCallConfig(call);
  const destination = orThrow(parseImageReference(call.args[0] ?? ''));
  if (destination.digest !== null)
    throw new Failure('USAGE', 'a release needs a tag', 'Name registry.example.com/team/app:tag.');
  const stated = await readFacts(call);
  const judge = orThrow(await openJudge(config));
  const target = await openCommandClient(config, call.io.env);
  const ledger = await openLedger(config);
  const graph = await openGraphFacts(config);
  const facts = { ...stated, buildGate: await graph.findGate(stated.source) };
  const complete = await openCompletion(call.options, call.io.cwd);
  const image = await openImage(call, destination, target);
  try {
    const key = orThrow(await openSigningKey(config, call.options.key, call.io.env));
    const tool = { name: 'waybill', version: version() };
    const request: ReleaseRequest = {
      facts,
      image,
      destination: { target, reference: destination },
      key,
      tool,
    };
    const outcome = orThrow(await ship(call, request, judge, { findFacts: graph.find, complete }));
    if (outcome.published) await record(request, outcome, judge, ledger.log);
    return reportOutcome(call, destination, outcome);
  } finally {
    image.close();
    target.close();
    await graph.close();
    await ledger.close();
    judge.close();
  }
}

/**
 * A published release is recorded even if the user stops the command in between. If recording
 * fails, the error says so.
 */
async function record(
  request: ReleaseRequest,
  outcome: ReleaseOutcome,
  judge: Judge,
  log: Awaited<ReturnType<typeof openLedger>>['log'],
): Promise<void> {
  const evidence = await gatherReleaseEvidence(
    request,
    outcome,
    judge,
    new AbortController().signal,
  );
  const recorded = evidence.ok ? await log.append(evidence.value, outcome.releasedAt) : evidence;
  if (recorded.ok) return;
  const { code, message, remedy } = recorded.failure;
  const what = `the release is published, but it could not be recorded: ${message}`;
  throw new Failure(code, what, `${remedy} Then run waybill release again.`, {
    cause: recorded.failure,
  });
}

async function openImage(call: ReleaseCall, destination: ImageReference, target: ArtifactSource) {
  const text = call.options.image;
  if (text === undefined) return { source: target, reference: destination, close: () => undefined };
  const named = parseTarget(text, call.io.cwd);
  if (named.kind === 'layout' || named.kind === 'image')
    return openImageTarget(named, readTargetContext(call, await loadCallConfig(call)));
  throw new Failure(
    'USAGE',
    `${text} is not an image`,
    'Name oci:DIR[:TAG], an archive or an image reference.',
  );
}

interface ShipPorts {
  readonly findFacts: DeskPorts['graph'];
  readonly complete: InventoryCompletion;
}

async function ship(
  call: ReleaseCall,
  request: ReleaseRequest,
  judge: Judge,
  { findFacts, complete }: ShipPorts,
): Promise<Result<ReleaseOutcome>> {
  const now = () => toInstant(Date.now());
  const reading = createCommandBudget();
  const gate = async (
    reference: ImageReference,
    staged: ArtifactSource,
  ): Promise<Result<Evaluation>> =>
    judgeOnce(reference, {
      source: staged,
      inForce: judge.inForce,
      graph: (image, members, origin) =>
        findGraphFacts(request.facts, findFacts, { image, members, origin }),
      gate: 'release',
      now: now(),
      reading,
    });
  const progress = (step: string): void => sayNote(call.io, `${step}\n`);
  const { advisories, trust } = judge.inForce;
  const gather: ReleasePorts['gather'] = (reference, source) =>
    gatherImage(reference, now(), { source, trust }, { signal: call.signal });
  return shipRelease(
    request,
    { advisories, now, gate, progress, gather, reading, complete },
    { signal: call.signal },
  );
}

/**
 * What the graph knows. Without trusted provenance only a refusal of the claimed commit is known: a
 * release of a commit that the build gate refused can be refused, and no other commit vouches.
 */
async function findGraphFacts(
  facts: ReleaseFacts,
  find: DeskPorts['graph'],
  { image, members, origin }: GraphQuestion,
): ReturnType<DeskPorts['graph']> {
  const { repository, commit } = facts.source;
  const claim = { repository, commit };
  const { source, ...known } = await find(image, members, origin ?? claim);
  const release = toReleaseFact(facts);
  if (source === undefined) return { ...known, release };
  return { ...known, release, source: origin === null ? narrowToClaim(source, claim) : source };
}

interface GraphQuestion {
  readonly image: Digest;
  readonly members: readonly Digest[];
  readonly origin: SourceOrigin | null;
}

function toReleaseFact({ name, version: released, owner, source }: ReleaseFacts) {
  return { name, version: released, owner, ...buildSourceFacts(source) };
}

async function readFacts(call: ReleaseCall): Promise<ReleaseFacts> {
  const { options } = call;
  const [repo, commit] = [options.repo, options.commit];
  const git = await readGitFacts(call.io.cwd, call.io.env);
  if (git.dirty && commit === undefined) {
    throw new Failure(
      'USAGE',
      'the work tree differs from its commit, so it is unknown what was built',
      'Commit first, or name --commit.',
    );
  }
  const repository = removeCredentials(repo ?? git.repository);
  if (repository === '')
    throw new Failure(
      'USAGE',
      'git has no remote, so the repository is unknown',
      'Name it with --repo.',
    );
  const host = options.host ?? readHost(repository);
  if (host === null)
    throw new Failure(
      'USAGE',
      `the code host is unknown from ${repository}`,
      'Name it with --host.',
    );
  const job = await findJob(call);
  // mutant release-proves-its-commit by cli-release-claims: condition -> false
  const claimed = job === null ? UNPROVEN : [];
  const source = { host, repository, commit: commit ?? git.commit, claimed };
  if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(source.commit)) {
    throw new Failure(
      'USAGE',
      `not a full commit id: ${source.commit}`,
      'Write all 40 (or 64) hex digits.',
    );
  }
  await requireCommit(call, source.commit);
  if (job !== null) checkJob(job, source);
  const build = {
    id: job?.invocation ?? options.buildId ?? `urn:uuid:${randomUUID()}`,
    builder: job?.builder ?? options.builder,
    job,
    startedAt: null,
    finishedAt: null,
  };
  return {
    name: options.name,
    version: options.version,
    owner: options.owner ?? null,
    source,
    build,
  };
}

/**
 * Nothing ties an image that was built elsewhere to a work tree, whether somebody typed the commit
 * or it is HEAD of a clean tree. Only the provenance of a trusted builder does.
 */
const UNPROVEN = ['host', 'repository', 'commit'] as const;

/** The job that releases, where its token is shown; both options or none. */
async function findJob(call: ReleaseCall): Promise<BuildJob | null> {
  const { jobToken: token, jobKeys: keys, buildId } = call.options;
  if (token === undefined && keys === undefined) return null;
  if (token === undefined || keys === undefined || buildId !== undefined)
    throw new Failure(
      'USAGE',
      'a job is proven by --job-token and --job-keys together, and then says its --build-id itself',
      'Give both, without --build-id and --builder.',
    );
  const { io, signal } = call;
  const tell = (line: string): void => sayNote(io, `${makePrintable(line)}\n`);
  return proveJob({ token, keys }, { env: io.env, cwd: io.cwd, signal, tell });
}

/** A token of a job of other source would make its commit that of this image. */
function checkJob(job: BuildJob, { repository, commit }: ReleaseFacts['source']): void {
  const isHere = listAddresses(job.repository).includes(repository);
  // mutant release-by-a-job-of-other-source by release-of-a-job: condition -> false
  if (isHere && job.commit === commit) return;
  throw new Failure(
    'USAGE',
    `the job is of ${job.commit} of ${job.repository}, and the release of ${commit} of ${repository}`,
    'Release in the job that built it, from its own checkout.',
  );
}

/** A commit that cannot be found here may be anything. */
async function requireCommit({ io }: ReleaseCall, commit: string): Promise<void> {
  const repository = orThrow(await openGit(io.cwd, io.env));
  try {
    const found = await repository.resolve(commit);
    // mutant release-of-an-unknown-commit by cli-release-claims: condition -> false
    if (!found.ok || found.value !== commit)
      throw new Failure(
        'USAGE',
        `the commit ${commit} is not in the git repository of ${io.cwd}`,
        'Run the release in a clone that has the commit: git fetch.',
      );
  } finally {
    repository.close();
  }
}

function reportOutcome(
  call: ReleaseCall,
  destination: ImageReference,
  outcome: ReleaseOutcome,
): Report {
  const { evaluation, subject, published } = outcome;
  const resolved = formatImageReference({ ...destination, digest: subject.digest });
  const { verdict, refuses } = evaluation;
  const shown: ImageVerdict = {
    image: formatImageReference(destination),
    resolved,
    verdict,
    refuses,
    cause: null,
    record: sha256(evaluation.recordBytes),
  };
  const { digest } = subject;
  return {
    kind: 'result',
    exitCode: toVerdictExitCode([shown]),
    value: toValue('release', () => ({ published, digest, verdict: toVerdictJson(shown) })),
    blocks: () => [
      ...showVerdict(shown, call.options.explain),
      showLine(published ? `published ${resolved}` : 'nothing was published'),
    ],
  };
}
