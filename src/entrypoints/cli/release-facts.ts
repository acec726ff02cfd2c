import { randomUUID } from 'node:crypto';
import type { BuildJob } from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { listAddresses, readHost, removeCredentials } from '../../core/repository-address.ts';
import { orThrow } from '../../core/result.ts';
import type { ReleaseFacts } from '../../phases/build/index.ts';
import { proveJob } from '../compose/build-job.ts';
import { openGit, readGitFacts } from '../compose/trees.ts';
import { makePrintable, sayNote } from './io.ts';
import type { ReleaseCall } from './options/release.ts';
import type { ReleaseTerms } from './release-terms.ts';

/** What is said of the release, by whom it is said, and what a job proves of it. */
export async function readReleaseFacts(
  call: ReleaseCall,
  terms: ReleaseTerms,
): Promise<ReleaseFacts> {
  const git = await readGitFacts(call.io.cwd, call.io.env);
  if (git.dirty && terms.commit === undefined) {
    throw new Failure(
      'USAGE',
      'the work tree differs from its commit, so it is unknown what was built',
      'Commit first, or name --commit.',
    );
  }
  const repository = findRepository(terms, git.repository);
  if (repository === '')
    throw new Failure(
      'USAGE',
      'git has no remote, so the repository is unknown',
      'Name it with --repo.',
    );
  const host = terms.host ?? readHost(repository);
  if (host === null)
    throw new Failure(
      'USAGE',
      `the code host is unknown from ${repository}`,
      'Name it with --host.',
    );
  const commit = findCommit(terms, git.commit);
  const job = await findJob(call, terms);
  // mutant release-proves-its-commit by cli-release-claims: condition -> false
  const claimed = job === null ? UNPROVEN : [];
  const source = { host, repository, commit, claimed };
  if (!/^[0-9a-f]{40}(?:[0-9a-f]{24})?$/.test(source.commit)) {
    throw new Failure(
      'USAGE',
      `not a full commit id: ${source.commit}`,
      'Write all 40 (or 64) hex digits.',
    );
  }
  await requireCommit(call, source.commit);
  if (job !== null) checkJob(job, source);
  const { name, version, owner } = terms;
  const here = terms.job;
  const build = {
    id: job?.invocation ?? terms.buildId ?? here?.invocation ?? `urn:uuid:${randomUUID()}`,
    builder: job?.builder ?? terms.builder ?? here?.builder ?? LOCAL_BUILDER,
    job,
    startedAt: null,
    finishedAt: null,
  };
  return { name, version, owner, source, build };
}

const LOCAL_BUILDER = 'https://waybill.dev/builders/local';

function findRepository({ repo, job }: ReleaseTerms, remote: string): string {
  if (repo !== undefined) return removeCredentials(repo);
  const said = job?.repository ?? null;
  if (said === null || job === null) return remote;
  // mutant job-of-another-repository by release-in-a-job: condition -> false
  if (remote !== '' && !listAddresses(said).includes(remote))
    throw new Failure(
      'USAGE',
      `${job.runner} says that the job is of ${said}, and the work tree is of ${remote}`,
      'Run it in the checkout of the job, or name --repo.',
    );
  return said;
}

/** A job may have checked out something else than what it was started for. */
function findCommit({ commit, job }: ReleaseTerms, head: string): string {
  if (commit !== undefined) return commit;
  const said = job?.commit ?? null;
  if (said === null || job === null) return head;
  // mutant job-of-another-commit by release-in-a-job: condition -> false
  if (said !== head)
    throw new Failure(
      'USAGE',
      `${job.runner} says that the job is of ${said}, and the work tree is at ${head}`,
      'Check out the commit of the job, or name the one that was built: --commit.',
    );
  return said;
}

/**
 * Nothing ties an image that was built elsewhere to a work tree, whether somebody typed the commit
 * or it is HEAD of a clean tree. Only the provenance of a trusted builder does.
 */
const UNPROVEN = ['host', 'repository', 'commit'] as const;

/** The job that releases, where its token is shown; both options or none. */
async function findJob(
  call: ReleaseCall,
  { jobToken: token, jobKeys: keys, buildId }: ReleaseTerms,
): Promise<BuildJob | null> {
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
