import { Failure } from '../../core/failure.ts';
import { getOwn } from '../../core/own.ts';
import { removeCredentials } from '../../core/repository-address.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The runners whose variables are read, by the name that people know. */
export type JobRunner = 'GitHub Actions' | 'GitLab CI' | 'Azure Pipelines' | 'Jenkins';

/** What the variables of a runner say about the job. Nothing of it is proven. */
export interface JobEnvironment {
  readonly runner: JobRunner;
  /** Address of the repository, without credentials. */
  readonly repository: string | null;
  readonly commit: string | null;
  /** `refs/heads/main` or `refs/tags/v1.4`. */
  readonly ref: string | null;
  /** The tag that the job is of. */
  readonly tag: string | null;
  /** The workflow or pipeline that runs. */
  readonly builder: string | null;
  /** This run of it. */
  readonly invocation: string | null;
  /** Where the platform keeps images of this repository, without a tag. */
  readonly images: string | null;
  /** What `--job-token` names here. */
  readonly jobToken: string | null;
  /** The job can ask for a token that names it: it can sign without a key. */
  readonly offersIdentity: boolean;
}

/**
 * The job that this process runs in, by the variables that its runner documents; null outside of
 * one. A variable that holds no plain text is an error, and never left out in silence.
 */
export function readJobEnvironment(env: Environment): JobEnvironment | null {
  const read = (name: string): string | null => readVariable(env, name);
  if (read('GITHUB_ACTIONS') === 'true') return readGithub(read);
  if (read('GITLAB_CI') === 'true') return readGitlab(read);
  if (read('TF_BUILD')?.toLowerCase() === 'true') return readAzure(read);
  if (read('JENKINS_URL') !== null) return readJenkins(read);
  return null;
}

type ReadVariable = (name: string) => string | null;

/** docs.github.com/en/actions/reference/workflows-and-actions/variables */
function readGithub(read: ReadVariable): JobEnvironment {
  const server = read('GITHUB_SERVER_URL');
  const place = join('/', server, read('GITHUB_REPOSITORY'));
  const ref = read('GITHUB_REF');
  const run = join('/actions/runs/', place, read('GITHUB_RUN_ID'));
  const packages = join('/', 'ghcr.io', read('GITHUB_REPOSITORY')?.toLowerCase() ?? null);
  return {
    ...{ runner: 'GitHub Actions', repository: place, commit: read('GITHUB_SHA') },
    ...{ ref, tag: findTag(ref) },
    builder: join('/', server, read('GITHUB_WORKFLOW_REF')),
    invocation: join('/attempts/', run, read('GITHUB_RUN_ATTEMPT')),
    // Only github.com has this registry; that of another server has a name of its own.
    images: server === 'https://github.com' ? packages : null,
    ...{ jobToken: 'github', offersIdentity: hasValue(read('ACTIONS_ID_TOKEN_REQUEST_URL')) },
  };
}

/** docs.gitlab.com/ci/variables/predefined_variables */
function readGitlab(read: ReadVariable): JobEnvironment {
  const project = read('CI_PROJECT_URL');
  const tag = read('CI_COMMIT_TAG');
  const branch = read('CI_COMMIT_BRANCH');
  const ref = tag === null ? join('', 'refs/heads/', branch) : `refs/tags/${tag}`;
  const file = join('//', project, read('CI_CONFIG_PATH'));
  return {
    ...{ runner: 'GitLab CI', repository: project, commit: read('CI_COMMIT_SHA') },
    ...{ ref, tag },
    builder: join('@', file, ref),
    invocation: join('/-/jobs/', project, read('CI_JOB_ID')),
    images: read('CI_REGISTRY_IMAGE'),
    jobToken: hasValue(read('WAYBILL_ID_TOKEN')) ? 'env:WAYBILL_ID_TOKEN' : null,
    offersIdentity: hasValue(read('SIGSTORE_ID_TOKEN')),
  };
}

/** learn.microsoft.com/azure/devops/pipelines/build/variables */
function readAzure(read: ReadVariable): JobEnvironment {
  const collection = read('SYSTEM_COLLECTIONURI')?.replace(/\/$/, '') ?? null;
  const project = read('SYSTEM_TEAMPROJECTID');
  const place = join('/_build', join('/', collection, project), '');
  const ref = read('BUILD_SOURCEBRANCH');
  return {
    ...{ runner: 'Azure Pipelines', repository: read('BUILD_REPOSITORY_URI') },
    ...{ commit: read('BUILD_SOURCEVERSION'), ref, tag: findTag(ref) },
    builder: join('?definitionId=', place, read('SYSTEM_DEFINITIONID')),
    invocation: join('/results?buildId=', place, read('BUILD_BUILDID')),
    ...{ images: null, jobToken: 'azure' },
    offersIdentity: hasValue(read('SYSTEM_OIDCREQUESTURI')),
  };
}

/** www.jenkins.io/doc/book/pipeline/jenkinsfile, and the variables of its git plugin */
function readJenkins(read: ReadVariable): JobEnvironment {
  const tag = read('TAG_NAME');
  const branch = join('', 'refs/heads/', read('BRANCH_NAME'));
  return {
    ...{ runner: 'Jenkins', repository: read('GIT_URL'), commit: read('GIT_COMMIT') },
    ...{ ref: tag === null ? branch : `refs/tags/${tag}`, tag },
    ...{ builder: read('JOB_URL'), invocation: read('BUILD_URL') },
    ...{ images: null, jobToken: null, offersIdentity: false },
  };
}

function join(between: string, one: string | null, other: string | null): string | null {
  return one === null || other === null ? null : `${one}${between}${other}`;
}

function findTag(ref: string | null): string | null {
  return ref?.startsWith('refs/tags/') === true ? ref.slice('refs/tags/'.length) : null;
}

const hasValue = (value: string | null): boolean => value !== null;

const CHARACTERS_MAX = 2_048;

/** One line of text, without the credentials of an address; an empty one is none. */
function readVariable(env: Environment, name: string): string | null {
  const value = getOwn(env, name)?.trim() ?? '';
  if (value === '') return null;
  if (SECRETS.has(name)) return name;
  // mutant job-variable-of-any-text by job-environment: condition -> false
  if (value.length > CHARACTERS_MAX || /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(value))
    throw new Failure(
      'USAGE',
      `the variable ${name} holds no plain text`,
      'Leave it as the runner sets it, or name the value by an option.',
    );
  return removeCredentials(value);
}

/** What is only asked whether it is there, so that its value stays where it is. */
const SECRETS: ReadonlySet<string> = new Set([
  ...['ACTIONS_ID_TOKEN_REQUEST_URL', 'SYSTEM_OIDCREQUESTURI'],
  ...['SIGSTORE_ID_TOKEN', 'WAYBILL_ID_TOKEN'],
]);
