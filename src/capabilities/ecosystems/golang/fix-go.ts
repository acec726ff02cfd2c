import type { TextEdit } from '../../../formats/text/edits.ts';
import type { DeclaredDependency } from '../dependency.ts';
import { takeBaseName, takeDirectory } from '../extractor.ts';
import type { Fix, FixPlanner, FixQuestion, Remedy, Step } from '../fix.ts';
import type { GoWord } from './module/go-lines.ts';
import {
  type GoModFile,
  type GoReplacement,
  type GoRequirement,
  parseGoMod,
} from './module/go-mod.ts';
import { joinPath } from './module/project.ts';

/**
 * Raises vulnerable modules to the nearest safe version in go.mod, also those that only others
 * need; every other character stays. `go mod tidy` then writes the rest.
 */
export const goFixes: FixPlanner = {
  listFiles: (dependencies) => [
    ...new Set(
      dependencies
        .filter(isGo)
        .map(({ place }) => takeDirectory(place.file))
        .flatMap((folder) => [joinPath(folder, 'go.mod'), joinPath(folder, 'vendor/modules.txt')]),
    ),
  ],
  plan: (question) => {
    const plan = new GoPlan(question);
    for (const dependency of question.dependencies)
      if (isGo(dependency) && question.isAsked(dependency)) plan.fix(dependency);
    return plan;
  },
};

function isGo({ ecosystem }: DeclaredDependency): boolean {
  return ecosystem === 'golang';
}

class GoPlan implements Fix {
  readonly edits = new Map<string, TextEdit[]>();
  readonly steps: Step[] = [];
  readonly open: Step[] = [];
  readonly fixed = new Set<string>();
  readonly #question: FixQuestion;
  readonly #files = new Map<string, GoModFile | null>();
  /** By folder of a go.mod, the modules that it does not list and that must be raised. */
  readonly #folders = new Map<string, string[]>();

  constructor(question: FixQuestion) {
    this.#question = question;
  }

  get commands(): readonly string[] {
    return [...this.#folders]
      .sort(([one], [other]) => (one < other ? -1 : 1))
      .flatMap(([folder, modules]) => {
        const go = folder === '' ? 'go' : `go -C ${quoteFolder(folder)}`;
        const isVendored = this.#question.files.has(joinPath(folder, 'vendor/modules.txt'));
        return [
          ...(modules.length === 0 ? [] : [`${go} get ${modules.join(' ')}`]),
          `${go} mod tidy`,
          ...(isVendored ? [`${go} mod vendor`] : []),
        ];
      });
  }

  fix(dependency: DeclaredDependency): void {
    const { pinned, why } = dependency;
    const remedy = this.#question.findRemedy(dependency);
    if (remedy !== null) this.#raise(dependency, remedy);
    else if (pinned !== 'yes') {
      this.#leave(dependency, why);
      this.#noteFolder(dependency.place.file);
    }
  }

  #raise(dependency: DeclaredDependency, { findings, safe }: Remedy): void {
    const { name, version, place, purl } = dependency;
    const ids = findings.join(', ');
    const wanted = safe === null ? null : formatVersion(name, safe);
    if (wanted === null) {
      this.#leave(dependency, `${ids}: ${explainNone(safe)}`);
      return;
    }
    // Only go.sum names it: a requirement is added.
    const isAdded = takeBaseName(place.file) !== 'go.mod';
    const word = isAdded ? null : this.#findWord(dependency);
    if (!isAdded && word === null) {
      this.#leave(dependency, `${ids}: ${wanted} is free of it; another file replaces it`);
      return;
    }
    const commands = this.#noteFolder(place.file);
    if (word !== null) this.#edit(place.file, word, wanted);
    else commands.push(`${name}@${wanted}`);
    if (purl !== null) this.fixed.add(purl);
    const what = `${name} ${version} -> ${wanted} (${ids})`;
    this.steps.push({ place: `${place.file}:${place.line}`, what });
  }

  #edit(file: string, { start, end }: GoWord, text: string): void {
    const shift = this.#question.files.get(file)?.text.startsWith('\ufeff') === true ? 1 : 0;
    const edit = { start: start + shift, end: end + shift, text };
    this.edits.set(file, [...(this.edits.get(file) ?? []), edit]);
  }

  /** The version of its requirement, or of what replaces that. */
  #findWord({ name, version, place }: DeclaredDependency): GoWord | null {
    const mod = this.#parse(place.file);
    const required = mod?.requirements.find(({ line }) => line === place.line);
    if (mod === null || required === undefined) return null;
    if (required.path === name) return required.word;
    return findReplacement(mod.replacements, required, { name, version })?.word ?? null;
  }

  #parse(file: string): GoModFile | null {
    const known = this.#files.get(file);
    if (known !== undefined) return known;
    const bytes = this.#question.files.get(file)?.bytes;
    const parsed = bytes === undefined ? null : parseGoMod(file, bytes);
    const mod = parsed?.ok === true ? parsed.value : null;
    this.#files.set(file, mod);
    return mod;
  }

  /** The folder of the go.mod, whose rest is written by Go. */
  #noteFolder(file: string): string[] {
    const own = takeDirectory(file);
    const folder = file.endsWith('vendor/modules.txt') ? takeDirectory(own) : own;
    const modules = this.#folders.get(folder) ?? [];
    this.#folders.set(folder, modules);
    return modules;
  }

  #leave({ name, place }: DeclaredDependency, why: string): void {
    this.open.push({ place: `${place.file}:${place.line}`, what: `${name}: ${why}` });
  }
}

function explainNone(safe: string | null): string {
  return safe === null
    ? 'no known version is free of it'
    : `${safe} is free of it, and has another path: import that in the code`;
}

function findReplacement(
  replacements: readonly GoReplacement[],
  required: GoRequirement,
  wanted: { readonly name: string; readonly version: string | null },
) {
  for (const { path, to } of replacements)
    if (
      path === required.path &&
      to.kind === 'module' &&
      to.path === wanted.name &&
      to.version === wanted.version
    )
      return to;
  return null;
}

/**
 * A version as go.mod writes it; null where it is of another major version, which has a path of its
 * own (go.dev/ref/mod#major-version-suffixes).
 */
function formatVersion(path: string, safe: string): string | null {
  const version = safe.startsWith('v') ? safe : `v${safe}`;
  const major = Number(/^v(\d+)/.exec(version)?.[1] ?? '0');
  const suffix = /(?:\/v|^gopkg\.in\/.*\.v)(\d+)$/.exec(path)?.[1];
  // mutant go-fix-of-another-major-version by go-fix: condition -> false
  if (suffix !== undefined && Number(suffix) !== major) return null;
  const isOld = suffix === undefined && major > 1 && !version.includes('+');
  return isOld ? `${version}+incompatible` : version;
}

function quoteFolder(folder: string): string {
  return /^[\w./@-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", `'\\''`)}'`;
}
