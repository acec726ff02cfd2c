import { formatCount } from '../../../../core/count.ts';
import type { Skip } from '../../component.ts';
import type { ExtractedFile } from '../../ecosystem.ts';
import { createSkip, type Draft, type Extraction, takeDirectory } from '../../extractor.ts';
import type { BuildScript } from '../gradle/build-script.ts';
import { isIvyFile } from '../ivy/ivy-file.ts';
import {
  createArtifactDraft,
  createLockDrafts,
  formatArtifact,
  type JavaLock,
} from '../lock/java-lock.ts';
import type { ResolvedDependency } from '../pom/effective-pom.ts';
import { isSbtScript } from '../sbt/sbt-script.ts';
import { JavaDocument } from './java-document.ts';
import { type JavaFile, JavaTree, type MavenProject, type ScriptNeed } from './java-tree.ts';

/**
 * The extractions of all files of one target, in the same order: versions come from parents, BOMs
 * and catalogues, and a lock covers the manifest beside it.
 */
export function combineJavaFiles(found: readonly ExtractedFile[]): readonly Extraction[] {
  const files = found.flatMap(({ path, extraction: { document } }): readonly JavaFile[] =>
    document instanceof JavaDocument ? [{ path, source: document.source }] : [],
  );
  if (files.length === 0) return found.map(({ extraction }) => extraction);
  const tree = new JavaTree(files);
  const projects = new Map(tree.listProjects().map((project) => [project.path, project]));
  return found.map(({ path, extraction }) => {
    const { document } = extraction;
    if (!(document instanceof JavaDocument)) return extraction;
    const { source } = document;
    const project = projects.get(path);
    if (source.kind === 'pom')
      return project === undefined ? extraction : combinePom(tree, project, extraction);
    if (source.kind === 'lock') return combineLock(tree, source.lock, extraction);
    if (source.kind === 'script') return combineScript(tree, source.script, extraction);
    return extraction;
  });
}

function combineLock(tree: JavaTree, lock: JavaLock, extraction: Extraction): Extraction {
  const artifacts = lock.artifacts
    .filter((one) => !tree.poms.isOwn(one))
    .map((one) => ({ ...one, hashes: tree.findHashes(one) }));
  const drafts = createLockDrafts({ ...lock, artifacts });
  const direct = listDirect(tree, lock);
  const remedy = 'Let it lock everything (dependencyLock.includeTransitives = true).';
  const skips = lock.gap === null ? [] : [createSkip(lock.path, 'FACT_UNKNOWN', lock.gap, remedy)];
  return { ...extraction, drafts, skips, ...(direct === null ? {} : { direct }) };
}

/** Null where neither the lock nor a script beside it says what the project itself requires. */
function listDirect(tree: JavaTree, lock: JavaLock): readonly string[] | null {
  const said = lock.artifacts.filter(({ direct }) => direct === true);
  if (said.length > 0) return said.map(formatArtifact);
  const scripts = tree.scripts.filter((script) => tree.findScriptLocks(script).includes(lock));
  const names = new Set(
    scripts.flatMap((script) =>
      tree.resolveScript(script).map(({ group, artifact }) => `${group}:${artifact}`),
    ),
  );
  const direct = lock.artifacts.filter(({ group, artifact }) => names.has(`${group}:${artifact}`));
  return direct.length === 0 ? null : direct.map(formatArtifact);
}

const LOCK_MAVEN =
  'Lock them with maven-lockfile (lockfile.json), or take the inventory of what is built.';

function combinePom(tree: JavaTree, project: MavenProject, extraction: Extraction): Extraction {
  const { path, effective, lock } = project;
  if (effective === null) {
    const why = 'its parents or imported BOMs are a circle';
    return { ...extraction, skips: [createSkip(path, 'MALFORMED', why, 'Correct pom.xml.')] };
  }
  const needs = effective.dependencies.filter((one) => !tree.poms.isOwn(one));
  const lost = listLostModules(tree, project);
  if (lock !== null)
    return { ...extraction, skips: [...lost, ...findDisagreement(project, needs)] };
  const drafts = needs.flatMap((need) => createNeedDraft(path, need) ?? []);
  const skips = [...lost, ...explainOpen(project, needs)];
  return { ...extraction, drafts, skips, direct: drafts.map(({ key }) => key) };
}

function createNeedDraft(path: string, need: ResolvedDependency): Draft | null {
  const { version, profile, scope } = need;
  if (version === null || profile !== null) return null;
  return {
    ...createArtifactDraft({ ...need, version, location: path }),
    development: scope === 'test',
  };
}

/** Why the list of a project without a lock is not whole. */
function explainOpen(
  { path, effective }: MavenProject,
  needs: readonly ResolvedDependency[],
): readonly Skip[] {
  const own = needs.filter(({ profile }) => profile === null);
  const unknown = own.filter(({ version }) => version === null);
  const [first] = unknown;
  const outer = effective?.outerParent ?? null;
  const reasons = [
    ...(own.length === 0
      ? []
      : [
          `it declares ${formatCount(own.length, 'dependency', 'dependencies')}, and Maven has no ` +
            'lock: what they need in turn is not known',
        ]),
    ...(first === undefined
      ? []
      : [`the version of ${nameFirst(first, unknown.length)} is not known: ${first.why}`]),
    ...(outer === null
      ? []
      : [
          `its parent ${outer.group}:${outer.artifact}:${outer.version} is not in this tree and ` +
            'may declare others',
        ]),
    ...listProfiles(needs),
  ];
  if (reasons.length === 0) return [];
  return [createSkip(path, 'FACT_UNKNOWN', reasons.join('; '), LOCK_MAVEN)];
}

function nameFirst({ group, artifact }: ResolvedDependency, count: number): string {
  return `${group}:${artifact}${count > 1 ? ` (and ${count - 1} more)` : ''}`;
}

const PROFILES_MAX = 5;

function listProfiles(needs: readonly ResolvedDependency[]): readonly string[] {
  const byProfile = Map.groupBy(
    needs.filter(({ profile }) => profile !== null),
    ({ profile }) => profile,
  );
  return [...byProfile]
    .slice(0, PROFILES_MAX)
    .flatMap(([profile, [first, ...others]]) =>
      first === undefined
        ? []
        : [`the profile ${profile} adds ${nameFirst(first, others.length + 1)} where it is active`],
    );
}

/** Modules without a pom here: their dependencies are not known. */
function listLostModules(tree: JavaTree, { path, effective }: MavenProject): readonly Skip[] {
  const modules = effective?.pom.modules ?? [];
  const folder = takeDirectory(path);
  const lost = modules.filter(({ name }) => !name.includes('${') && !tree.hasModule(folder, name));
  const [first] = lost;
  if (first === undefined) return [];
  const more = lost.length > 1 ? ` (and ${lost.length - 1} more)` : '';
  const why = `its module ${JSON.stringify(first.name.slice(0, 120))}${more} is not in this tree`;
  return [createSkip(path, 'FACT_UNKNOWN', why, 'Restore it, for example as a git submodule.')];
}

/** A dependency that the lock lacks, or has in another version. */
function findDisagreement(
  { path, lock }: MavenProject,
  needs: readonly ResolvedDependency[],
): readonly Skip[] {
  const locked = new Map(
    (lock?.artifacts ?? []).map((one) => [`${one.group}:${one.artifact}`, one.version]),
  );
  const lacking = needs.filter(({ group, artifact, version, profile }) => {
    const found = locked.get(`${group}:${artifact}`);
    if (profile !== null) return false;
    return found === undefined || (version !== null && found !== version);
  });
  const [first] = lacking;
  if (first === undefined) return [];
  const why = `it requires ${nameFirst(first, lacking.length)}, which ${lock?.path} does not have so`;
  return [createSkip(path, 'MALFORMED', `${why}: the two disagree`, LOCK_MAVEN)];
}

const LOCK_SCRIPT =
  'Lock them (gradle dependencies --write-locks, or sbt dependencyLockWrite), or take the ' +
  'inventory of what is built.';

function combineScript(tree: JavaTree, script: BuildScript, extraction: Extraction): Extraction {
  const combined = combineWithLocks(tree, script, extraction);
  const { path, outside } = script;
  if (outside === null) return combined;
  const why = `it takes in ${JSON.stringify(outside.slice(0, 120))}, which is outside this tree`;
  const skip = createSkip(path, 'FACT_UNKNOWN', why, 'Name the folder that holds both.');
  return { ...combined, skips: [...combined.skips, skip] };
}

function combineWithLocks(tree: JavaTree, script: BuildScript, extraction: Extraction): Extraction {
  const needs = tree.resolveScript(script);
  const own = tree.findScriptLocks(script);
  const below = script.configuresOthers ? tree.listLocksBelow(script) : [];
  if (own.length > 0)
    return { ...extraction, skips: findUnlocked(script, needs, [...own, ...below]) };
  if (below.length > 0 && findUnlocked(script, needs, below).length === 0) return extraction;
  if (!script.requires) return extraction;
  const drafts = needs.flatMap((need) => createScriptDraft(need) ?? []);
  const direct = drafts.map(({ key }) => key);
  if (script.isWhole === true) return { ...extraction, drafts, direct };
  const unknown = needs.filter(({ version }) => version === null);
  const [first] = unknown;
  const reasons = [
    explainMissingLock(script),
    ...(first === undefined
      ? []
      : [
          `the version of ${first.group}:${first.artifact}` +
            `${unknown.length > 1 ? ` (and ${unknown.length - 1} more)` : ''} is not written there`,
        ]),
  ];
  const remedy = isIvyFile(script.path) ? LOCK_IVY : LOCK_SCRIPT;
  const skip = createSkip(script.path, 'FACT_UNKNOWN', reasons.join('; '), remedy);
  return { ...extraction, drafts, skips: [skip], direct };
}

const LOCK_IVY =
  'Take the inventory of what is built, or name each module in an exact revision, with ' +
  'transitive="false".';

function explainMissingLock({ path }: BuildScript): string {
  if (isIvyFile(path)) return 'Ivy has no lock: what its modules need in turn is not known';
  const lock = isSbtScript(path) ? 'build.sbt.lock' : 'gradle.lockfile';
  return `it is a program, and no ${lock} records what it resolves to`;
}

function createScriptDraft(need: ScriptNeed): Draft | null {
  const { version, development, place } = need;
  if (version === null) return null;
  const draft = createArtifactDraft({ ...need, version, classifier: null, location: place.file });
  return { ...draft, development };
}

function findUnlocked(
  { path }: BuildScript,
  needs: readonly ScriptNeed[],
  locks: readonly JavaLock[],
): readonly Skip[] {
  const locked = new Set(
    locks.flatMap(({ artifacts }) => artifacts.map((one) => `${one.group}:${one.artifact}`)),
  );
  const lacking = needs.filter(({ group, artifact }) => !locked.has(`${group}:${artifact}`));
  const [first] = lacking;
  if (first === undefined) return [];
  const more = lacking.length > 1 ? ` (and ${lacking.length - 1} more)` : '';
  const why = `it requires ${first.group}:${first.artifact}${more}, which ${locks[0]?.path} does not have`;
  return [createSkip(path, 'MALFORMED', `${why}: the two disagree`, LOCK_SCRIPT)];
}
