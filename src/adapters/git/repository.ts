import { isAbsolute, resolve as resolvePath } from 'node:path';
import type { FileTree } from '../../capabilities/inventory/index.ts';
import {
  type CommitQuery,
  type CommitSource,
  type GitCommit,
  type NamedTag,
  type ObjectFormat,
  parseCommit,
  parseTag,
} from '../../capabilities/signing/index.ts';
import { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { fail, failed, ok, type Result } from '../../core/result.ts';
import type { Environment } from '../../system/processes/child-environment.ts';
import { type ObjectReader, openObjects } from './cat-file.ts';
import { type GitFacts, readGitFacts } from './git-facts.ts';
import { createIndexLister, createTreeLister } from './listers.ts';
import { openObjectTree } from './object-tree.ts';
import { type GitPlace, type GitRefusal, gitFailure, runGit } from './run-git.ts';

/** One value of git's configuration, and where it was set. */
export interface GitSetting {
  /**
   * `local` and `worktree` are in the repository itself: anyone who made the repository chose them.
   */
  readonly scope: 'system' | 'global' | 'local' | 'worktree' | 'command' | 'unknown';
  readonly value: string;
}

/** A git repository, read through its objects. Each object is verified against its name. */
export interface GitRepository extends CommitSource {
  readonly format: ObjectFormat;
  readonly isBare: boolean;
  /** The repository itself: `.git`, or for a worktree its own part of `.git`. */
  readonly gitFolder: string;
  /** The folder that all worktrees share. */
  readonly commonFolder: string;
  /** Top folder of the work tree. Null for a bare repository. */
  readonly topLevel: string | null;
  /** The content of the next commit: the index, or in a hook the index that is being committed. */
  stagedTree(): FileTree;
  /** Files of a commit, which is named by its full name. */
  openTree(commit: string): FileTree;
  facts(): Promise<GitFacts>;
  /** All values of a setting. The last one counts. */
  readSettings(name: string, type?: 'path' | 'bool'): Promise<Result<readonly GitSetting[]>>;
  close(): void;
}

export interface GitOptions {
  /** Run by a git hook: git's own variables name the repository and the index. */
  readonly inHook?: boolean;
}

/** @example const repository = orThrow(await openGit('.', process.env)); */
export async function openGit(
  path: string,
  env: Environment,
  { inHook = false }: GitOptions = {},
): Promise<Result<GitRepository>> {
  const place: GitPlace = { cwd: path, env, inHook };
  const whole = await runGit(place, ['rev-parse', ...ASKED, ...ASKED_FOLDERS]);
  const usual = whole.ok ? readUsualAnswer(whole.out, path) : null;
  if (usual !== null) return ok(createRepository(place, usual));
  const answer = await runGit(place, ['rev-parse', ...ASKED]);
  if (!answer.ok) return failed(noRepository(place, answer));
  const [bare, inside, format] = answer.out.split('\n');
  if (format !== 'sha1' && format !== 'sha256')
    return fail(
      'UNSUPPORTED',
      `objects named by ${format} are not supported`,
      'Use sha1 or sha256.',
    );
  const askFolder = async (...asked: readonly string[]): Promise<string> => {
    const answer = await runGit(place, ['rev-parse', ...asked]);
    if (!answer.ok) throw noRepository(place, answer);
    const named = answer.out.replace(/\n$/, '');
    return isAbsolute(named) ? named : resolvePath(path, named);
  };
  try {
    const gitFolder = await askFolder('--absolute-git-dir');
    const commonFolder = await askFolder('--git-common-dir');
    const topLevel = inside === 'true' ? await askFolder('--show-toplevel') : null;
    return ok(
      createRepository(place, {
        format,
        isBare: bare === 'true',
        gitFolder,
        commonFolder,
        topLevel,
      }),
    );
  } catch (thrown) {
    if (thrown instanceof Failure) return failed(thrown);
    throw thrown;
  }
}

const ASKED = [
  '--is-bare-repository',
  '--is-inside-work-tree',
  '--show-object-format=storage',
] as const;
const ASKED_FOLDERS = ['--absolute-git-dir', '--git-common-dir', '--show-toplevel'] as const;

/**
 * The answer about a work tree in one process. Null for a bare repository, another object format,
 * and a folder with a line break in its name: they are asked about one by one.
 */
function readUsualAnswer(out: string, cwd: string): RepositoryInfo | null {
  const lines = out.split('\n');
  const [bare, inside, format, gitFolder, commonFolder, topLevel] = lines;
  // mutant git-answer-by-lines by repository: operand -> false
  if (lines.length !== ASKED.length + ASKED_FOLDERS.length + 1 || inside !== 'true') return null;
  if (format !== 'sha1' && format !== 'sha256') return null;
  const [own, common, top] = [gitFolder, commonFolder, topLevel].map((named = '') =>
    isAbsolute(named) ? named : resolvePath(cwd, named),
  );
  if (own === undefined || common === undefined || top === undefined) return null;
  return { format, isBare: bare === 'true', gitFolder: own, commonFolder: common, topLevel: top };
}

type RepositoryInfo = Pick<
  GitRepository,
  'format' | 'isBare' | 'gitFolder' | 'commonFolder' | 'topLevel'
>;

function createRepository(place: GitPlace, known: RepositoryInfo): GitRepository {
  const objects = openObjects(place, known.format);
  const commit = (id: string): Promise<Result<GitCommit>> => readCommit(objects, id, known.format);
  const readRoot = async (id: string): Promise<Result<string>> => {
    const read = await commit(id);
    return read.ok ? ok(read.value.tree) : read;
  };
  return {
    ...known,
    commit,
    resolve: (rev) => resolveRev(place, objects, rev),
    listTags: (rev) => listTags(place, objects, rev, known.format),
    listRange: (text, max) => listRange(place, text, max),
    listReachable: (asked, max) => reachable(place, objects, asked, max),
    stagedTree: () => openObjectTree(createIndexLister(place), objects),
    openTree: (id) =>
      openObjectTree(
        createTreeLister(() => readRoot(id), objects, known.format),
        objects,
      ),
    facts: () => readGitFacts(place.cwd, place.env),
    readSettings: createSettingsReader(place),
    close: () => objects.close(),
  };
}

async function readCommit(
  objects: ObjectReader,
  id: string,
  format: ObjectFormat,
): Promise<Result<GitCommit>> {
  if (!isFullName(id))
    return fail('UNKNOWN_NAME', 'a commit must be given by its full name', 'Resolve it first.');
  const bytes = await objects.read(id, 'commit', LIMITS.commitBytesMax);
  return bytes.ok ? parseCommit(bytes.value, format) : bytes;
}

/**
 * Resolve the name first, without reading the object: a commit of a gigabyte would be read only to
 * learn its type.
 */
async function resolveRev(
  place: GitPlace,
  objects: ObjectReader,
  rev: string,
): Promise<Result<string>> {
  if (!isRevision(rev))
    return fail(
      'UNKNOWN_NAME',
      `not a revision: ${JSON.stringify(rev.slice(0, 100))}`,
      'Name a commit.',
    );
  const plain = await objects.resolve(rev);
  if (plain !== null) return ok(plain);
  const named = await runGit(place, ['rev-parse', '--verify', rev]);
  const name = named.ok ? named.out.trim() : '';
  if (isFullName(name)) {
    const info = await objects.info([name]);
    if (info.ok && info.value[0]?.type === 'commit') return ok(name);
  }
  const answer = await runGit(place, ['rev-parse', '--verify', `${rev}^{commit}`]);
  const commit = answer.ok ? answer.out.trim() : '';
  if (isFullName(commit)) return ok(commit);
  const why = answer.ok ? 'it matches several commits' : answer.said;
  const remedy = 'Name a commit, branch or tag that exists here; a shallow clone lacks older ones.';
  return fail('UNKNOWN_NAME', `no commit ${JSON.stringify(rev.slice(0, 100))}: ${why}`, remedy);
}

/** Tags of tags; nobody makes more of them. */
const TAGS_MAX = 8;

async function listTags(
  place: GitPlace,
  objects: ObjectReader,
  rev: string,
  format: ObjectFormat,
): Promise<Result<readonly NamedTag[]>> {
  if (!isRevision(rev) || (await objects.resolve(rev)) !== null) return ok([]);
  const named = await runGit(place, ['rev-parse', '--verify', rev]);
  const full = await runGit(place, ['rev-parse', '--verify', '--symbolic-full-name', rev]);
  let id = named.ok ? named.out.trim() : '';
  let ref = full.ok && full.out.startsWith('refs/tags/') ? full.out.replace(/\n$/, '') : null;
  const first = isFullName(id) ? await objects.info([id]) : ok([]);
  if (!first.ok) return first;
  let type = first.value[0]?.type;
  const tags: NamedTag[] = [];
  // From the second tag on, the type is what a tag says: another object, or none, is a failure.
  while (type === 'tag') {
    // mutant git-tags-of-tags by adapters/git/repository: remove
    if (tags.length === TAGS_MAX)
      return fail('LIMIT_EXCEEDED', `a tag of over ${TAGS_MAX} tags`, 'Name the last one of them.');
    const bytes = await objects.read(id, 'tag', LIMITS.commitBytesMax);
    const tag = bytes.ok ? parseTag(bytes.value, format) : bytes;
    if (!tag.ok) return tag;
    tags.push({ tag: tag.value, ref });
    ({ id, type } = tag.value.target);
    ref = null;
  }
  return ok(tags);
}

async function listRange(
  place: GitPlace,
  text: string,
  max: number,
): Promise<Result<readonly string[]>> {
  if (!isRevision(text))
    return fail(
      'UNKNOWN_NAME',
      `not a range: ${JSON.stringify(text.slice(0, 100))}`,
      'Write A..B.',
    );
  return runList(
    place,
    ['rev-list', '--topo-order', `--max-count=${max + 1}`, text, '--'],
    '',
    max,
  );
}

async function reachable(
  place: GitPlace,
  objects: ObjectReader,
  asked: CommitQuery,
  max: number,
): Promise<Result<readonly string[]>> {
  const { tips, known, remote, ownRefs = false } = asked;
  if (![...tips, ...known].every(isFullName))
    return fail('UNKNOWN_NAME', 'commits must be given by their full names', 'Resolve them first.');
  if (remote !== null && !/^\w[\w./-]*$/.test(remote))
    return fail('UNKNOWN_NAME', 'not the name of a remote', 'Name a remote.');
  const here = await objects.info(known);
  if (!here.ok) return here;
  const excluded = known.filter((_, at) => here.value[at] !== null).map((id) => `^${id}\n`);
  const named = [
    ...(remote === null ? [] : [`--remotes=${remote}`]),
    ...(ownRefs ? ['--branches', '--tags'] : []),
  ];
  const others = named.length === 0 ? [] : ['--not', ...named, '--not'];
  const args = ['rev-list', '--topo-order', `--max-count=${max + 1}`, ...others, '--stdin'];
  return runList(place, args, [...tips.map((id) => `${id}\n`), ...excluded].join(''), max);
}

async function runList(
  place: GitPlace,
  args: readonly string[],
  input: string,
  max: number,
): Promise<Result<readonly string[]>> {
  const answer = await runGit(place, args, { input });
  if (!answer.ok) {
    const remedy =
      'Name commits that exist here. In a shallow or partial clone: git fetch --unshallow.';
    return fail('UNKNOWN_NAME', `git cannot list these commits: ${answer.said}`, remedy);
  }
  const ids = answer.out.split('\n').filter((line) => line !== '');
  if (ids.length <= max) return ok(ids);
  return fail('LIMIT_EXCEEDED', `over ${max} commits`, 'Give a shorter range.');
}

/** Both settings about signers are read by one process. */
const TOGETHER = ['gpg.ssh.allowedSignersFile', 'gpg.ssh.revocationFile'];

function createSettingsReader(place: GitPlace): GitRepository['readSettings'] {
  let together: Promise<ReadonlyMap<string, readonly GitSetting[]> | null> | null = null;
  return async (name, type) => {
    if (!TOGETHER.includes(name) || type !== 'path') return readSettings(place, name, type);
    together ??= readTogether(place);
    const known = await together;
    return known === null
      ? readSettings(place, name, type)
      : ok(known.get(name.toLowerCase()) ?? []);
  };
}

/** By the name in small letters; null if any of them cannot be read. */
async function readTogether(
  place: GitPlace,
): Promise<ReadonlyMap<string, readonly GitSetting[]> | null> {
  const pattern = `^(${TOGETHER.join('|').toLowerCase().replaceAll('.', '\\.')})$`;
  const asked = ['config', '--null', '--show-scope', '--type=path', '--get-regexp', pattern];
  const answer = await runGit(place, asked, { asConfigured: true });
  if (!answer.ok) return answer.exit === 1 ? new Map() : null;
  const fields = answer.out.split('\0');
  const found = new Map<string, GitSetting[]>();
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [key = '', ...value] = (fields[at + 1] ?? '').split('\n');
    const setting = { scope: parseScope(fields[at] ?? ''), value: value.join('\n') };
    found.set(key, [...(found.get(key) ?? []), setting]);
  }
  return found;
}

async function readSettings(
  place: GitPlace,
  name: string,
  type?: 'path' | 'bool',
): Promise<Result<readonly GitSetting[]>> {
  const typed = type === undefined ? [] : [`--type=${type}`];
  const answer = await runGit(
    place,
    ['config', '--null', '--show-scope', ...typed, '--get-all', name],
    {
      asConfigured: true,
    },
  );
  if (!answer.ok && answer.exit === 1) return ok([]);
  if (!answer.ok)
    return failed(
      gitFailure(place, answer, 'Check the configuration: git config --list --show-origin.'),
    );
  const fields = answer.out.split('\0');
  const found: GitSetting[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2)
    found.push({ scope: parseScope(fields[at] ?? ''), value: fields[at + 1] ?? '' });
  return ok(found);
}

function parseScope(text: string): GitSetting['scope'] {
  const scopes = ['system', 'global', 'local', 'worktree', 'command'] as const;
  return scopes.find((scope) => scope === text) ?? 'unknown';
}

function isFullName(text: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(text);
}

/** Nothing that git could read as an option or as a second line. */
function isRevision(text: string): boolean {
  return (
    text !== '' &&
    text.length <= LIMITS.pathBytesMax &&
    !text.startsWith('-') &&
    !/\p{Cc}/u.test(text)
  );
}

function noRepository(place: GitPlace, refusal: GitRefusal): Failure {
  if (refusal.isAbsent)
    return gitFailure(place, refusal, 'Install git, and run this in a repository.');
  return new Failure(
    'USAGE',
    `${place.cwd} is not a git repository: ${refusal.said}`,
    'Run this in a git repository.',
  );
}
