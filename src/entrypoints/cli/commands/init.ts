import { existsSync, linkSync, lstatSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { parsePolicy } from '../../../capabilities/policy/index.ts';
import { Failure } from '../../../core/failure.ts';
import { removeCredentials } from '../../../core/repository-address.ts';
import { orThrow } from '../../../core/result.ts';
import { toFileFailure } from '../../../system/files/errno.ts';
import { makeFolders } from '../../../system/files/make-folders.ts';
import { createCommandBudget } from '../../../system/processes/reading-budget.ts';
import { openGit, openHooks, openTree } from '../../compose/trees.ts';
import { CONFIG_FILE, loadConfig } from '../../config/config.ts';
import { showInit, toInitValue } from '../init-output.ts';
import { makePrintable } from '../io.ts';
import type { InitCall } from '../options/set-up.ts';
import { type Report, toValue } from '../report/report.ts';
import { type Ask, chooseByNumbers, mayAsk, openQuestions } from '../set-up/ask.ts';
import { isName, readClusterContext } from '../set-up/cluster-context.ts';
import {
  formatConfigDocument,
  formatPolicyDocument,
  type InitValues,
} from '../set-up/documents.ts';
import { type GitSettings, readGitSettings } from '../set-up/git-settings.ts';
import type { InitFile, InitResult } from '../set-up/init-result.ts';
import { listRegistryPlaces, parseRegistryPlace } from '../set-up/registry-places.ts';
import { surveyRepository } from '../set-up/survey-repository.ts';
import type {
  LocatedValue,
  Lookup,
  RepositorySurvey,
  UnknownItem,
} from '../set-up/survey-result.ts';
import { findProgram } from './hook.ts';

const POLICY_FILE = 'waybill-policy.yaml';

/**
 * Finds out what it can, asks the user for the rest if there is a terminal, and writes the files
 * that do not exist yet.
 */
export async function run(call: InitCall): Promise<Report> {
  const { folder, notes, git } = await findFolder(call);
  const existing = await readExistingConfig(folder, call);
  const finds = await surveyRepository(
    orThrow(await openTree(folder)),
    call.signal,
    createCommandBudget(),
  );
  const cluster = readClusterContext(call.io.env);
  const { written, unknown } = await settleInTalk(call, finds, cluster, git);
  const files = planFiles(folder, existing, written);
  const isDry = call.options.dryRun;
  if (!isDry) for (const file of files) if (file.outcome === 'would be written') writeNew(file);
  const outcomes = isDry
    ? files
    : files.map((file) =>
        file.outcome === 'would be written' ? { ...file, outcome: 'written' as const } : file,
      );
  const remote = git?.remote == null ? null : removeCredentials(git.remote);
  const hooks = call.options.hooks && !isDry ? await installHooks(folder, call) : null;
  const result: InitResult = {
    folder,
    notes,
    finds,
    git,
    remote,
    written,
    unknown,
    files: outcomes,
    hooks,
  };
  return {
    kind: 'result',
    exitCode: 0,
    value: toValue('init', () => toInitValue(result)),
    blocks: () => showInit(result),
  };
}

/** The same as `waybill hook install`: hooks change only on request. */
async function installHooks(
  folder: string,
  { io }: InitCall,
): Promise<NonNullable<InitResult['hooks']>> {
  const repository = orThrow(await openGit(folder, io.env));
  try {
    return orThrow(await (await openHooks(repository)).install(findProgram(), 'person'));
  } finally {
    repository.close();
  }
}

/**
 * The whole work tree, unless a folder is named: a waybill.yaml in a part of it would apply only to
 * that part.
 */
async function findFolder(call: InitCall) {
  const named = call.args[0];
  const start = resolve(call.io.cwd, named ?? '.');
  requireFolder(start);
  refuseBare(start);
  const git = await readGitSettings(start, call.io.env);
  const top = git.ok ? git.value.topLevel : null;
  const folder = named === undefined && top !== null ? resolve(top) : start;
  const notes = git.ok ? [] : [git.failure.message];
  if (folder !== start)
    notes.push(`this is a part of the work tree ${folder}; the whole work tree is set up`);
  else if (top !== null && resolve(top) !== folder && !isSame(top, folder))
    notes.push(`only this folder of the work tree ${top} is set up`);
  return { folder, notes, git: git.ok ? git.value : null };
}

function requireFolder(path: string): void {
  try {
    if (statSync(path).isDirectory()) return;
  } catch (thrown) {
    throw toFileFailure(path, thrown);
  }
  throw new Failure('USAGE', `${path} is not a folder`, 'Name the folder of a repository.');
}

/** A bare repository has no checked-out files, and a new file would be among git's own files. */
function refuseBare(path: string): void {
  if (!['HEAD', 'objects', 'refs'].every((name) => existsSync(join(path, name)))) return;
  throw new Failure(
    'USAGE',
    `${path} is a bare git repository, without files`,
    'Run it in a clone of it.',
  );
}

function isSame(one: string, other: string): boolean {
  const [a, b] = [statSync(one), statSync(other)];
  return a.ino === b.ino && a.dev === b.dev;
}

interface ExistingConfig {
  /** The path of the policy according to the existing configuration. */
  readonly policy: string;
}

/** A configuration that does not load is not extended. */
async function readExistingConfig(folder: string, call: InitCall): Promise<ExistingConfig | null> {
  const path = join(folder, CONFIG_FILE);
  if (!isThere(path)) return null;
  const { policy } = await loadConfig({ config: path }, dropPolicyVariable(call.io.env), folder);
  return { policy };
}

/** What the files say, independent of the variables of this shell. */
function dropPolicyVariable(env: InitCall['io']['env']): InitCall['io']['env'] {
  return { ...env, WAYBILL_POLICY: undefined };
}

/** With the user's answers where there is somebody to ask; without them nothing is allowed. */
async function settleInTalk(
  call: InitCall,
  finds: RepositorySurvey,
  cluster: Lookup<string>,
  git: GitSettings | null,
) {
  if (call.options.yes || !mayAsk(call.io))
    return settleValues(async () => null, finds, cluster, git);
  const { ask, close } = openQuestions(call.io, call.signal);
  try {
    return await settleValues(ask, finds, cluster, git);
  } finally {
    close();
  }
}

async function settleValues(
  ask: Ask,
  finds: RepositorySurvey,
  cluster: Lookup<string>,
  git: GitSettings | null,
) {
  const places = listRegistryPlaces(finds);
  const unknown: UnknownItem[] = [...finds.unknown, ...places.unknown];
  const askForValue = async (
    question: string,
    read: (text: string) => string | null,
  ): Promise<LocatedValue | null> => {
    const value = await ask(question, read);
    return value === null ? null : { value, place: 'as answered' };
  };
  let context: LocatedValue | null = null;
  if (cluster.kind === 'found' && isName(cluster.value))
    context = { value: cluster.value, place: `current-context of ${cluster.place}` };
  else
    context = await askForValue(
      'What is the name of the cluster in which these images run? Empty leaves it open.',
      (text) => (isName(text) ? text : null),
    );
  if (context === null) unknown.push({ what: 'cluster', why: explainNoCluster(cluster) });
  const images = [...(await askWhich(places.images, 'images', ask))];
  const components = await askWhich(places.components, 'packages and base images', ask);
  if (places.images.length === 0) {
    const answer = await askForValue(
      'From which registry may images come, such as registry.example.com/shop? Empty leaves ' +
        'it open.',
      parseRegistryPlace,
    );
    if (answer !== null) images.push(answer);
  }
  const isReported = (what: UnknownItem['what']): boolean =>
    unknown.some((one) => one.what === what);
  if (places.images.length === 0 && images.length === 0 && !isReported('registry'))
    unknown.push({ what: 'registry', why: 'no manifest, chart or pipeline here names one' });
  if (places.components.length === 0 && !isReported('component registry'))
    unknown.push({
      what: 'component registry',
      why: 'no .npmrc, lock file or Dockerfile here names one',
    });
  if (finds.ci.length === 0)
    unknown.push({
      what: 'ci',
      why: 'no pipeline of GitHub, Azure, GitLab or Jenkins is in this folder',
    });
  if (finds.ecosystems.length === 0)
    unknown.push({ what: 'ecosystem', why: 'this folder has no known manifest or lock file' });
  if (git?.topLevel === null || git === null)
    unknown.push({ what: 'repository', why: 'this is not a git work tree' });
  else if (git.remote === null)
    unknown.push({ what: 'repository', why: 'git has no remote called origin' });
  const written: InitValues = {
    policyFile: POLICY_FILE,
    cluster: context,
    images,
    components,
    found: { images: places.images, components: places.components },
  };
  return { written, unknown };
}

/** Which of the registries that were found are allowed: none, unless the user says so. */
async function askWhich(
  found: readonly LocatedValue[],
  what: string,
  ask: Ask,
): Promise<readonly LocatedValue[]> {
  if (found.length === 0) return [];
  const rows = found.map(({ value, place }, at) => `  ${at + 1}  ${value}  (${place})`);
  const question = `From which of these may ${what} come?\n${rows.map(makePrintable).join('\n')}\nNumbers, such as 1,3, or all. Empty allows none.`;
  return (await ask(question, (text) => chooseByNumbers(text, found))) ?? [];
}

function explainNoCluster(cluster: Lookup<string>): string {
  if (cluster.kind === 'unknown') return cluster.cause.message;
  return cluster.kind === 'absent'
    ? cluster.why
    : `the current-context of ${cluster.place} is not a plain name`;
}

/** Both documents are loaded as a gate would load them before anything is written. */
function planFiles(
  folder: string,
  existing: ExistingConfig | null,
  written: InitValues,
): readonly InitFile[] {
  const policyPath = existing?.policy ?? join(folder, POLICY_FILE);
  const policyText = formatPolicyDocument(written);
  orThrow(parsePolicy(policyText));
  const config: InitFile = {
    path: join(folder, CONFIG_FILE),
    outcome: 'would be written',
    why: '',
    text: formatConfigDocument(written),
  };
  const policy: InitFile = {
    path: policyPath,
    outcome: 'would be written',
    why: 'observes at every gate',
    text: policyText,
  };
  return [
    existing === null ? config : { ...config, outcome: 'kept', why: 'it was there' },
    // mutant init-keeps-policy by set-up: condition -> false
    isThere(policyPath)
      ? { ...policy, outcome: 'kept', why: 'it was there' }
      : isWithin(folder, policyPath)
        ? policy
        : {
            ...policy,
            outcome: 'left out',
            why: `${CONFIG_FILE} names none in this folder; add to it: policy: ${POLICY_FILE}`,
          },
  ];
}

function isWithin(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return (
    way !== '' &&
    way !== '..' &&
    !way.startsWith(`..${sep}`) &&
    resolve(folder, way) === path &&
    !/^[A-Za-z]:/.test(way)
  );
}

/** A dangling link exists too, and nothing is written through it. */
function isThere(path: string): boolean {
  return existsSync(path) || lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}

/**
 * Never overwrites a file that appeared in the meantime, and never leaves half a file: it is
 * written completely under another name first.
 */
function writeNew({ path, text }: InitFile): void {
  const partial = `${path}.${process.pid}.partial`;
  try {
    makeFolders(dirname(path));
    writeFileSync(partial, text, { flag: 'wx', mode: 0o644 });
    try {
      linkSync(partial, path);
    } finally {
      unlinkSync(partial);
    }
  } catch (thrown) {
    const remedy = 'Check the folder and its permissions.';
    throw new Failure('FILE_UNWRITABLE', `${path} cannot be written`, remedy, { cause: thrown });
  }
}
