import type { TextEdit } from '../../../../formats/text/edits.ts';
import type { DeclaredDependency } from '../../dependency.ts';
import { takeBaseName, takeDirectory } from '../../extractor.ts';
import type { Fix, FixPlanner, FixQuestion, Remedy, Step } from '../../fix.ts';
import { findLockReader } from '../lock/lock-names.ts';
import { toSpecifiers } from '../manifest/poetry-constraint.ts';
import { meetsSpec } from '../manifest/python-manifest.ts';
import { normaliseName, type PythonRequirement, parseRequirement } from '../requirement.ts';
import { isRequirementsFile } from '../requirements/requirements-name.ts';
import { planRequirement } from './fix-requirements.ts';
import {
  describeChoice,
  findLockPlace,
  LOCK_NAMES,
  type LockPlace,
  writeUpgrade,
} from './upgrade-commands.ts';

/** Upgrades vulnerable versions to the nearest safe one; every other character stays. */
export const pythonFixes: FixPlanner = {
  listFiles: (dependencies) => [
    ...new Set(
      dependencies
        .filter(isPython)
        .flatMap(({ place }) => listFoldersAbove(takeDirectory(place.file)))
        .flatMap((folder) =>
          LOCK_NAMES.map((name) => (folder === '' ? name : `${folder}/${name}`)),
        ),
    ),
  ],
  plan: (question) => {
    const plan = new PythonPlan(question);
    for (const dependency of question.dependencies)
      if (isPython(dependency) && question.isAsked(dependency)) plan.take(dependency);
    return plan;
  },
};

function isPython({ ecosystem, place }: DeclaredDependency): boolean {
  return ecosystem === 'pypi' && !/\.(?:ya?ml)$/.test(place.file);
}

function listFoldersAbove(folder: string): readonly string[] {
  const folders = [folder];
  for (let up = folder; up !== ''; ) {
    up = takeDirectory(up);
    folders.push(up);
  }
  return folders;
}

class PythonPlan implements Fix {
  readonly edits = new Map<string, TextEdit[]>();
  readonly steps: Step[] = [];
  readonly open: Step[] = [];
  readonly fixed = new Set<string>();
  readonly #commands = new Set<string>();
  readonly #question: FixQuestion;

  constructor(question: FixQuestion) {
    this.#question = question;
  }

  get commands(): readonly string[] {
    return [...this.#commands].sort();
  }

  take(dependency: DeclaredDependency): void {
    const remedy = this.#question.findRemedy(dependency);
    if (remedy === null) {
      if (dependency.pinned !== 'yes') this.#leave(dependency, dependency.why);
      return;
    }
    const ids = remedy.findings.join(', ');
    const { file } = dependency.place;
    if (remedy.safe === null) this.#leave(dependency, `${ids}: no known version is free of it`);
    else if (isRequirementsFile(file)) this.#fixRequirement(dependency, remedy, remedy.safe);
    else {
      const lock = findLockReader(file) === null ? this.#findLock(file) : findLockPlace(file);
      if (lock === null) this.#leave(dependency, `${ids}: nothing locks it; lock ${remedy.safe}`);
      else this.#fixLocked(dependency, remedy, { lock, safe: remedy.safe });
    }
  }

  #fixRequirement(dependency: DeclaredDependency, { findings }: Remedy, safe: string): void {
    const { file, line } = dependency.place;
    const source = this.#question.files.get(file);
    const planned =
      source === undefined ? null : planRequirement(file, source, { line, version: safe });
    const ids = findings.join(', ');
    if (planned === null) {
      this.#leave(dependency, `${ids}: its version is not fixed in this line; fix ${safe}`);
      return;
    }
    this.#edit(file, planned.edits);
    for (const command of planned.commands) this.#commands.add(command);
    const more = planned.commands.length === 0 ? '' : ', and its hashes are dropped';
    this.#tell(dependency, `${safe} (${ids})${more}`);
  }

  #fixLocked(
    dependency: DeclaredDependency,
    { findings }: Remedy,
    { lock, safe }: { readonly lock: LockPlace; readonly safe: string },
  ): void {
    const { name, requested, place } = dependency;
    const ids = findings.join(', ');
    const command = writeUpgrade(lock, name, safe);
    if (command === null) {
      this.#leave(dependency, `${ids}: write ${lock.file} again with ${name} ${safe}`);
      return;
    }
    if (requested !== null && !allows(name, requested, safe)) {
      const edit = this.#raise(dependency, requested, safe);
      if (edit === null) {
        this.#leave(dependency, `${ids}: ${requested} does not allow ${safe}`);
        return;
      }
      this.#edit(place.file, [edit]);
    }
    this.#commands.add(command);
    this.#tell(dependency, `${safe}${describeChoice(lock)} (${ids})`);
  }

  /** Writes what is required anew, where the manifest does not allow the safe version. */
  #raise({ name, place }: DeclaredDependency, requested: string, safe: string): TextEdit | null {
    const text = this.#question.files.get(place.file)?.text ?? '';
    const start = findInLine(text, requested, place.line);
    const raised = raiseRequirement(name, requested, safe);
    if (start === -1 || raised === null) return null;
    return { start, end: start + requested.length, text: raised };
  }

  #findLock(manifest: string): LockPlace | null {
    for (const folder of listFoldersAbove(takeDirectory(manifest)))
      for (const name of LOCK_NAMES) {
        const path = folder === '' ? name : `${folder}/${name}`;
        const isOther = (takeBaseName(manifest) === 'Pipfile') !== (name === 'Pipfile.lock');
        if (!isOther && this.#question.files.has(path)) return findLockPlace(path);
      }
    return null;
  }

  #edit(file: string, edits: readonly TextEdit[]): void {
    const known = this.edits.get(file) ?? [];
    // The same line may be reached twice, once for each version of its package.
    const fresh = edits.filter(({ start }) => known.every((one) => one.start !== start));
    this.edits.set(file, [...known, ...fresh]);
  }

  #tell({ name, version, place, purl }: DeclaredDependency, what: string): void {
    this.steps.push({
      place: `${place.file}:${place.line}`,
      what: `${name} ${version ?? ''} -> ${what}`,
    });
    if (purl !== null) this.fixed.add(purl);
  }

  #leave({ name, place }: DeclaredDependency, why: string): void {
    this.open.push({ place: `${place.file}:${place.line}`, what: `${name}: ${why}` });
  }
}

function allows(name: string, requested: string, version: string): boolean {
  const specifier = readRequirement(name, requested)?.specifier ?? toSpecifiers(requested);
  return specifier === null || meetsSpec(version, specifier);
}

/** A requirement of PEP 508. Poetry writes the version alone, and `3.6` could be a name too. */
function readRequirement(name: string, requested: string): PythonRequirement | null {
  const read = parseRequirement(requested);
  // mutant version-of-poetry-is-no-name by fix-python: operand 2 -> true
  return read !== null && normaliseName(read.name) === normaliseName(name) ? read : null;
}

/** Keeps what the operator meant: an exact version stays exact, a caret stays a caret. */
function raiseRequirement(name: string, requested: string, safe: string): string | null {
  const requirement = readRequirement(name, requested);
  if (requirement !== null && requirement.url === null) {
    if (requirement.specifier === '') return null;
    const at = requested.search(/[<>=!~(]/);
    const end = requested.indexOf(';');
    const operator = /^={2,3}[^*]*$/.test(requirement.specifier) ? '==' : '>=';
    const marker = end === -1 ? '' : requested.slice(end);
    return `${requested.slice(0, at).trimEnd()}${operator}${safe}${marker}`;
  }
  const operator = /^(\^|~|==)?v?\d[\w.+!-]*$/.exec(requested.trim());
  return operator === null ? `>=${safe}` : `${operator[1] ?? ''}${safe}`;
}

function findInLine(text: string, wanted: string, line: number): number {
  let from = 0;
  for (let at = 1; at < line; at++) from = text.indexOf('\n', from) + 1;
  const found = text.indexOf(wanted, from);
  const end = text.indexOf('\n', from);
  return found !== -1 && (end === -1 || found < end) ? found : -1;
}
