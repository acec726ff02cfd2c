import type { TextEdit } from '../../../formats/text/edits.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { takeDirectory } from '../extractor.ts';
import type { Fix, FixPlanner, FixQuestion, Remedy, Step } from '../fix.ts';

/** How one package manager changes a manifest, and its lock after that. */
export interface FixRecipe {
  readonly purlType: string;
  /** Whether a requirement is one that a registry resolves. */
  isRequirement(spec: string): boolean;
  /** Whether a requirement allows a version, so that the manifest can stay as it is. */
  allows(spec: string, version: string): boolean;
  /** The change of a manifest that asks for a version; null where its text is not plain. */
  edit(text: string, dependency: DeclaredDependency, safe: string): TextEdit | null;
  /** The command that locks just this version; the lock or the manifest says the folder. */
  update(dependency: DeclaredDependency, safe: string, file: string): string;
  /** The command that locks what the manifest says. */
  relock(file: string): string;
  /** For what only the lock names: `update`, `add` to the manifest, or why neither helps. */
  overrule(dependency: DeclaredDependency, safe: string): 'update' | 'add' | string;
  /** The manifest beside a lock; a manifest is its own. */
  findManifest(file: string): string;
  /** The change of a manifest that asks for a package that it does not name. */
  add?(text: string, dependency: DeclaredDependency, safe: string): TextEdit | null;
}

/**
 * Upgrades vulnerable versions to the nearest safe one: by the requirement where it forbids that
 * version, and by a command for the lock.
 */
export function createLockFixes(recipe: FixRecipe): FixPlanner {
  return {
    listFiles: (dependencies) => [
      ...new Set(
        dependencies
          .filter(({ ecosystem }) => ecosystem === recipe.purlType)
          .map(({ place }) => recipe.findManifest(place.file)),
      ),
    ],
    plan: (question) => {
      const plan = new LockPlan(recipe, question);
      for (const dependency of question.dependencies)
        if (dependency.ecosystem === recipe.purlType && question.isAsked(dependency))
          plan.take(dependency);
      return plan;
    },
  };
}

class LockPlan implements Fix {
  readonly edits = new Map<string, TextEdit[]>();
  readonly steps: Step[] = [];
  readonly open: Step[] = [];
  readonly fixed = new Set<string>();
  readonly #recipe: FixRecipe;
  readonly #question: FixQuestion;
  readonly #commands = new Set<string>();

  constructor(recipe: FixRecipe, question: FixQuestion) {
    this.#recipe = recipe;
    this.#question = question;
  }

  get commands(): readonly string[] {
    return [...this.#commands];
  }

  take(dependency: DeclaredDependency): void {
    const remedy = this.#question.findRemedy(dependency);
    if (remedy !== null) this.#fix(dependency, remedy);
    else if (dependency.pinned !== 'yes') {
      this.#leave(dependency, dependency.why);
      if (dependency.pinned === 'no' && this.#recipe.isRequirement(dependency.requested ?? ''))
        this.#commands.add(this.#recipe.relock(dependency.place.file));
    }
  }

  #fix(dependency: DeclaredDependency, { findings, safe }: Remedy): void {
    const { requested, kind, version, name } = dependency;
    const ids = findings.join(', ');
    const spec = requested ?? '';
    if (safe === null) this.#leave(dependency, `${ids}: no known version is free of it`);
    else if (kind === 'transitive' || requested === null) this.#overrule(dependency, safe, ids);
    else if (!this.#recipe.isRequirement(spec))
      this.#leave(dependency, `${ids}: it comes from ${spec}, not from a registry`);
    else if (version !== null && this.#recipe.allows(spec, safe))
      this.#update(dependency, safe, ids);
    else {
      const text = this.#question.files.get(dependency.place.file)?.text;
      const edit = text === undefined ? null : this.#recipe.edit(text, dependency, safe);
      if (edit !== null) {
        this.#change(dependency.place.file, edit);
        this.#note(dependency, `${name} ${spec || (version ?? '')} -> ${safe} (${ids})`);
        this.#finish(dependency, safe);
      } else
        this.#leave(
          dependency,
          `${ids}: ${dependency.place.file} does not have ${JSON.stringify(spec)} as a plain ` +
            `text; set it to ${safe} where it is written`,
        );
    }
  }

  #overrule(dependency: DeclaredDependency, safe: string, ids: string): void {
    const answer = this.#recipe.overrule(dependency, safe);
    const { name, version, place } = dependency;
    if (answer === 'update') this.#update(dependency, safe, ids);
    else if (answer !== 'add') this.#leave(dependency, `${ids}: ${answer}`);
    else {
      const manifest = this.#recipe.findManifest(place.file);
      const text = this.#question.files.get(manifest)?.text;
      const edit = text === undefined ? null : (this.#recipe.add?.(text, dependency, safe) ?? null);
      if (edit === null) {
        this.#leave(dependency, `${ids}: ask for ${safe} in ${manifest}, which is not plain here`);
        return;
      }
      this.#change(manifest, edit);
      const what = `${name} ${version ?? ''} -> ${safe} by a requirement of its own (${ids})`;
      this.steps.push({ place: manifest, what });
      this.#finish(dependency, safe);
    }
  }

  #update(dependency: DeclaredDependency, safe: string, ids: string): void {
    const what = `${dependency.name} ${dependency.version ?? ''} -> ${safe} in the lock (${ids})`;
    this.#note(dependency, what);
    this.#finish(dependency, safe);
  }

  #finish(dependency: DeclaredDependency, safe: string): void {
    const { version, place, purl } = dependency;
    const command =
      version === null
        ? this.#recipe.relock(place.file)
        : this.#recipe.update(dependency, safe, place.file);
    this.#commands.add(command);
    if (purl !== null) this.fixed.add(purl);
  }

  #change(file: string, edit: TextEdit): void {
    const edits = this.edits.get(file);
    if (edits === undefined) this.edits.set(file, [edit]);
    else edits.push(edit);
  }

  #note({ place }: DeclaredDependency, what: string): void {
    this.steps.push({ place: `${place.file}:${place.line}`, what });
  }

  #leave({ name, place }: DeclaredDependency, why: string): void {
    this.open.push({ place: `${place.file}:${place.line}`, what: `${name}: ${why}` });
  }
}

/** One argument of a shell command. */
export function quoteArgument(text: string): string {
  return /^[\w./@:^~=+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The folder of a file, as an argument behind an option; nothing for the root. */
export function nameFolder(option: string, file: string): string {
  const folder = takeDirectory(file);
  return folder === '' ? '' : ` ${option}${quoteArgument(folder)}`;
}

/** Where a text begins on a line, from 1; the end where there are fewer lines. */
export function findLineStart(text: string, line: number): number {
  let at = 0;
  for (let count = 1; count < line; count++) {
    const next = text.indexOf('\n', at);
    if (next === -1) return text.length;
    at = next + 1;
  }
  return at;
}

/** The place of a text in quotes between two offsets, without its quotes. */
export function findQuoted(
  text: string,
  wanted: string,
  { start, end }: { readonly start: number; readonly end: number },
): { readonly start: number; readonly end: number } | null {
  const part = text.slice(start, end);
  for (const quote of ['"', "'"]) {
    const at = part.indexOf(quote + wanted + quote);
    if (at !== -1) return { start: start + at + 1, end: start + at + 1 + wanted.length };
  }
  return null;
}
