/** A package as a lock or manifest may name it. */
export interface NamedPackage {
  readonly name: string;
  readonly version: string;
}

/** How a line names a package: as the head of its own block, with its version, or by name only. */
interface Mention {
  readonly line: number;
  readonly rank: 'head' | 'beside' | 'name';
}

/** Lines of one block that are looked at for the version of its package. */
const BLOCK_LINES_MAX = 12;
/** A line of a minified file is no place to point at, and would take long. */
const LINE_CHARACTERS_MAX = 2_000;

/**
 * The line of each package in the text of a lock or manifest, from 1: the head of the block that
 * has its version, else the first line with name and version, else the only line with its name.
 * Nothing for a package of which this is not clear. One pass over the text.
 *
 * @example findPackageLines('left==1.0.0\n', [{ name: 'left', version: '1.0.0' }]) // [1]
 */
export function findPackageLines(
  text: string,
  wanted: readonly NamedPackage[],
  known: LineNames = new LineNames(),
): readonly (number | null)[] {
  const lines = text.split('\n');
  const byName = Map.groupBy(wanted, ({ name }) => foldName(name));
  const mentions = new Map<NamedPackage, Mention[]>();
  for (const [at, line] of lines.entries()) {
    if (line.length > LINE_CHARACTERS_MAX) continue;
    for (const name of known.list(line))
      for (const one of byName.get(name) ?? []) {
        const rank = rankMention(lines, at, one.version);
        const known = mentions.get(one) ?? [];
        if (known.length < MENTIONS_MAX) mentions.set(one, [...known, { line: at + 1, rank }]);
      }
  }
  return wanted.map((one) => chooseLine(mentions.get(one) ?? []));
}

/** More lines with one name are not told apart by name alone. */
const MENTIONS_MAX = 200;

function chooseLine(mentions: readonly Mention[]): number | null {
  const best =
    mentions.find(({ rank }) => rank === 'head') ?? mentions.find(({ rank }) => rank === 'beside');
  if (best !== undefined) return best.line;
  const [first, ...others] = mentions;
  // mutant line-by-a-guess by line-finder: condition -> false
  if (others.length > 0) return null;
  return first?.line ?? null;
}

/** Lines whose names are kept; a lock of 4,000 packages has some 40,000 that differ. */
const LINES_KEPT_MAX = 200_000;

/** The names of lines that were read before: most lines of an edited text are those of the last. */
export class LineNames {
  readonly #byLine = new Map<string, readonly string[]>();
  readonly #linesMax: number;

  constructor(linesMax = LINES_KEPT_MAX) {
    this.#linesMax = linesMax;
  }

  list(line: string): readonly string[] {
    const known = this.#byLine.get(line);
    if (known !== undefined) return known;
    const names = [...listNames(line)];
    // mutant editor-lines-without-end by line-finder: condition -> false
    if (this.#byLine.size >= this.#linesMax) this.#byLine.clear();
    this.#byLine.set(line, names);
    return names;
  }

  get size(): number {
    return this.#byLine.size;
  }
}

/** The names that a line may mean, each once: the last part of a path, without its version. */
function listNames(line: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [token] of foldName(line).matchAll(TOKEN)) {
    const nested = token.lastIndexOf(NESTED);
    const path = nested < 0 ? token : token.slice(nested + NESTED.length);
    addNames(path, names);
  }
  return names;
}

const TOKEN = /[\w.@/:~+-]+/g;
/** `node_modules/`, folded. */
const NESTED = 'node-modules/';

/** The names in `/left@1.0.0`, `Left/1.0.0`, `group:left:1.0.0`, `left:` and the like. */
function addNames(token: string, names: Set<string>): void {
  names.add(token);
  const bare = token.replace(/^[/:]+/, '').replace(/:$/, '');
  names.add(bare);
  const at = bare.lastIndexOf('@');
  if (at > 0) names.add(bare.slice(0, at));
  const slash = bare.lastIndexOf('/');
  if (slash > 0) names.add(bare.slice(0, slash));
  if (bare.includes(':')) for (const part of bare.split(':', 3)) names.add(part);
}

/** As PyPI and NuGet compare names; a name that differs only so is the same line. */
function foldName(name: string): string {
  return name.toLowerCase().replaceAll(/[_.-]+/g, '-');
}

function rankMention(lines: readonly string[], at: number, version: string): Mention['rank'] {
  const line = lines[at] ?? '';
  if (isHead(line)) {
    for (const inner of readBlock(lines, at)) if (hasVersion(inner, version)) return 'head';
    return hasVersion(line, version) ? 'head' : 'name';
  }
  return hasVersion(line, version) ? 'beside' : 'name';
}

/** A line that begins the block of a package: `"left": {`, `left@^1.0.0:`, `name = "left"`. */
function isHead(line: string): boolean {
  return endsOpen(line) || /^(?:- )?(?:"?name"? ?[:=]|<artifactId>)/i.test(line.trimStart());
}

function endsOpen(line: string): boolean {
  const plain = line.trimEnd();
  return plain.endsWith('{') || plain.endsWith(':');
}

/** The lines behind a head that belong to it. */
function* readBlock(lines: readonly string[], head: number): Generator<string> {
  const first = lines[head] ?? '';
  const opens = endsOpen(first);
  for (const line of lines.slice(head + 1, head + 1 + BLOCK_LINES_MAX)) {
    if (line.length > LINE_CHARACTERS_MAX) return;
    const isInner = measureIndent(line) > measureIndent(first);
    // mutant line-of-a-neighbour by line-finder: condition -> false
    if (opens ? !isInner : line.trim() === '' || (isHead(line) && !isInner)) return;
    yield line;
  }
}

function measureIndent(line: string): number {
  return line.length - line.trimStart().length;
}

/** Whether a line has the version as a word of its own, also with a leading `v`. */
function hasVersion(line: string, version: string): boolean {
  if (version === '') return false;
  for (let at = line.indexOf(version); at >= 0; at = line.indexOf(version, at + 1)) {
    const from = line[at - 1] === 'v' ? at - 1 : at;
    const around = [line[from - 1] ?? '', line[at + version.length] ?? ''];
    if (!around.some((char) => /[\w.+-]/.test(char))) return true;
  }
  return false;
}
