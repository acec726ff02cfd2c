import { type ChildProcessWithoutNullStreams, execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { Failure } from '../../core/failure.ts';
import { toOneLine } from '../../core/one-line.ts';
import {
  CHILD_ENVIRONMENT,
  type Environment,
  pickEnvironment,
} from '../../system/processes/child-environment.ts';

const execute = promisify(execFile);

/** Where git runs, and with which part of the environment. */
export interface GitPlace {
  readonly cwd: string;
  readonly env: Environment;
  /** Run by a git hook: git's own variables name the repository and the index. */
  readonly inHook: boolean;
}

/**
 * A repository's own configuration may name programs. Those that a read would run are switched off,
 * and so is every way to fetch a missing object: the author of the repository does not decide what
 * runs here. A commit graph is an unhashed copy of history, so it is not used.
 */
const HARMLESS = [
  ['core.fsmonitor', 'false'],
  ['core.hooksPath', '/dev/null'],
  ['core.pager', 'cat'],
  ['core.sshCommand', 'false'],
  ['core.askPass', ''],
  ['core.commitGraph', 'false'],
  ['credential.helper', ''],
  ['protocol.allow', 'never'],
].flatMap(([name, value]) => ['-c', `${name}=${value}`]);

/**
 * What git passes to its hooks: `git commit FILE` and `git commit -a` commit an index of their own.
 */
const PASSED_IN_HOOK = [
  'GIT_DIR',
  'GIT_COMMON_DIR',
  'GIT_WORK_TREE',
  'GIT_INDEX_FILE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
];
/**
 * Replacement refs, grafts and the edge of a shallow clone would give another history for the same
 * names.
 */
const SETTLED = {
  GIT_TERMINAL_PROMPT: '0',
  GIT_OPTIONAL_LOCKS: '0',
  GIT_NO_LAZY_FETCH: '1',
  // mutant git-replacement-refs by repository: remove
  GIT_NO_REPLACE_OBJECTS: '1',
  GIT_GRAFT_FILE: '/dev/null',
  // mutant git-shallow-clone by repository: remove
  GIT_SHALLOW_FILE: '',
  GIT_ALLOW_PROTOCOL: 'none',
  LC_ALL: 'C',
};

const ANSWER_MS = 60_000;
const ANSWER_BYTES_MAX = 256 * 1024 * 1024;

export interface GitAnswer {
  /** As git printed it. */
  readonly out: string;
}

export interface GitRefusal {
  /** Null if git did not run, or did not end by itself. */
  readonly exit: number | null;
  readonly said: string;
  readonly isAbsent: boolean;
}

export type GitOutcome =
  | ({ readonly ok: true } & GitAnswer)
  | ({ readonly ok: false } & GitRefusal);

export interface GitRun {
  readonly more?: Environment;
  readonly input?: string;
  /** Reads the configuration as it is, without our own settings. */
  readonly asConfigured?: boolean;
}

/** Runs git once. A refusal by git is an outcome, not an exception. */
export async function runGit(
  place: GitPlace,
  args: readonly string[],
  run: GitRun = {},
): Promise<GitOutcome> {
  const settings = run.asConfigured === true ? [] : HARMLESS;
  const options = {
    cwd: place.cwd,
    env: buildEnvironment(place, run.more),
    timeout: ANSWER_MS,
    maxBuffer: ANSWER_BYTES_MAX,
  };
  try {
    const running = execute('git', ['--no-pager', ...settings, ...args], options);
    running.child.stdin?.on('error', () => undefined).end(run.input ?? '');
    return { ok: true, out: (await running).stdout };
  } catch (thrown) {
    return toRefusal(thrown);
  }
}

/** Starts a git process that answers any number of requests. */
export function startGit(place: GitPlace, args: readonly string[]): ChildProcessWithoutNullStreams {
  return spawn('git', ['--no-pager', ...HARMLESS, ...args], {
    cwd: place.cwd,
    env: buildEnvironment(place, {}),
  });
}

function buildEnvironment(
  { env, inHook }: GitPlace,
  more: Environment = {},
): Record<string, string> {
  const names = inHook ? [...CHILD_ENVIRONMENT, ...PASSED_IN_HOOK] : CHILD_ENVIRONMENT;
  return { ...pickEnvironment(env, names), ...SETTLED, ...more } as Record<string, string>;
}

function toRefusal(thrown: unknown): GitOutcome {
  const { code, stderr } = thrown as { readonly code?: unknown; readonly stderr?: unknown };
  const lines = typeof stderr === 'string' ? stderr.split('\n') : [];
  const said = lines.find((line) => /^(?:fatal|error):/.test(line)) ?? '';
  const why = said === '' ? 'it did not answer' : toOneLine(said.replace(/^(?:fatal|error): /, ''));
  return {
    ok: false,
    exit: typeof code === 'number' ? code : null,
    said: why,
    isAbsent: code === 'ENOENT',
  };
}

/** The failure of a request that every git repository can answer. */
export function gitFailure(
  place: GitPlace,
  { isAbsent, said }: GitRefusal,
  remedy: string,
): Failure {
  if (isAbsent) return new Failure('USAGE', 'git was not found, or the folder is gone', remedy);
  return new Failure('USAGE', `git finds no commit in ${place.cwd}: ${said}`, remedy);
}
