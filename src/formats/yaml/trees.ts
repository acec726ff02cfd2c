import {
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  type Node,
  parseDocument,
  type YAMLError,
} from 'yaml';
import { fail, ok, type Result } from '../../core/result.ts';
import { isTooDeep } from './parse.ts';

/** A value of a YAML document, with its place in the text of the file. */
export type YamlNode = YamlScalar | YamlList | YamlMap | YamlForeign;

interface YamlPlace {
  /** The offset of its first character; of what an alias stands for, that of the alias. */
  readonly start: number;
  /** Behind its last character. */
  readonly end: number;
}

export interface YamlScalar extends YamlPlace {
  readonly kind: 'scalar';
  readonly value: string | number | boolean | null;
}

export interface YamlList extends YamlPlace {
  readonly kind: 'list';
  readonly items: readonly YamlNode[];
}

export interface YamlMap extends YamlPlace {
  readonly kind: 'map';
  /** Keys that are numbers or truths are texts here; what `<<` merges is included. */
  readonly entries: ReadonlyMap<string, YamlNode>;
}

/** A value with a tag of an application, such as `!reference`: what it means is not known here. */
export interface YamlForeign extends YamlPlace {
  readonly kind: 'tagged';
  readonly tag: string;
}

export interface YamlTreeOptions {
  readonly bytesMax: number;
  /** Whether a document is read, by its text; each is read by default. */
  readonly wants?: (document: string) => boolean;
}

/** So many values may a file have after each alias is replaced by what it stands for. */
const NODES_MAX = 200_000;
const DEPTH_MAX = 100;
const DOCUMENTS_MAX = 10_000;

/**
 * The documents of a file of YAML 1.2 as other programs write them: anchors, aliases, merge keys
 * (`<<`) and tags are read, within bounds of the expanded size. An alias is not copied: the same
 * node is in several places. A key that occurs twice is refused. A failure is MALFORMED or
 * LIMIT_EXCEEDED, with the bare reason.
 *
 * @example parseYamlTrees('a: &x 1\nb: *x', { bytesMax: LIMITS.dependencyFileBytesMax })
 */
export function parseYamlTrees(
  text: string,
  { bytesMax, wants = () => true }: YamlTreeOptions,
): Result<readonly YamlNode[]> {
  if (Buffer.byteLength(text) > bytesMax)
    return fail('LIMIT_EXCEEDED', `it is over ${bytesMax} bytes`, 'Split the file.');
  const documents = splitDocuments(text);
  if (documents.length > DOCUMENTS_MAX)
    return fail('LIMIT_EXCEEDED', `it has over ${DOCUMENTS_MAX} documents`, 'Split the file.');
  const trees: YamlNode[] = [];
  const budget = { left: NODES_MAX };
  for (const { start, text: one } of documents.filter((document) => wants(document.text))) {
    const tree = parseOne(text, { start, text: one }, budget);
    if (!tree.ok) return tree;
    if (tree.value !== null) trees.push(tree.value);
  }
  return ok(trees);
}

interface DocumentText {
  readonly start: number;
  readonly text: string;
}

/**
 * A line that begins with `---` begins a document wherever it stands (YAML 1.2.2, 9.1.2 and
 * `c-forbidden`), so documents are cut before they are parsed. `...` and directives stay in them.
 */
function splitDocuments(text: string): readonly DocumentText[] {
  const starts = [0];
  for (let at = text.indexOf('\n---'); at !== -1; at = text.indexOf('\n---', at + 1))
    if (/^(?:\s|$)/.test(text.slice(at + 4, at + 5))) starts.push(at + 1);
  return starts.map((start, index) => ({ start, text: text.slice(start, starts[index + 1]) }));
}

interface Budget {
  left: number;
}

function parseOne(
  whole: string,
  { start, text }: DocumentText,
  budget: Budget,
): Result<YamlNode | null> {
  if (isTooDeep(text)) return refuse('the document is nested too deeply');
  try {
    const document = parseDocument(text, {
      // It quotes the text around each error: quadratic in a line of errors. One is enough.
      prettyErrors: false,
      version: '1.2',
      schema: 'core',
      // It compares each key with all others; the builder does it in one pass.
      uniqueKeys: false,
      merge: false,
      logLevel: 'silent',
    });
    // A tag that the parser does not know is kept.
    const flaw =
      document.errors[0] ?? document.warnings.find(({ code }) => code !== 'TAG_RESOLVE_FAILED');
    if (flaw !== undefined) return refuse(describeFlaw(flaw, whole, start));
    const tree = new TreeBuilder(document, start, budget).build();
    return ok(tree.kind === 'scalar' && tree.value === null ? null : tree);
  } catch (thrown) {
    if (thrown instanceof TreeFlaw) return refuse(thrown.message);
    const isDeep = thrown instanceof RangeError;
    return refuse(isDeep ? 'the document is nested too deeply' : 'not YAML', thrown);
  }
}

class TreeFlaw extends Error {}

class TreeBuilder {
  readonly #document: Document;
  readonly #start: number;
  readonly #budget: Budget;
  readonly #anchored = new Map<string, { readonly node: YamlNode; readonly size: number }>();
  /** Values so far, those that aliases stand for included. */
  #size = 0;

  constructor(document: Document, start: number, budget: Budget) {
    this.#document = document;
    this.#start = start;
    this.#budget = budget;
  }

  build(): YamlNode {
    return this.#read(this.#document.contents as Node | null, 0);
  }

  #count(nodes: number): void {
    this.#size += nodes;
    this.#budget.left -= nodes;
    // mutant yaml-alias-bomb: condition -> false
    if (this.#budget.left < 0) throw new TreeFlaw('aliases or lists make it too large');
  }

  #read(node: Node | null | undefined, depth: number): YamlNode {
    if (depth > DEPTH_MAX) throw new TreeFlaw('the document is nested too deeply');
    if (node === null || node === undefined) {
      this.#count(1);
      return { kind: 'scalar', value: null, start: this.#start, end: this.#start };
    }
    const place = this.#place(node);
    if (isAlias(node)) return this.#follow(node.source, place);
    const before = this.#size;
    this.#count(1);
    const read = this.#readOwn(node, place, depth);
    const { anchor } = node as { readonly anchor?: string };
    if (anchor !== undefined) this.#anchored.set(anchor, { node: read, size: this.#size - before });
    return read;
  }

  #readOwn(node: Node, place: YamlPlace, depth: number): YamlNode {
    if (node.tag !== undefined && !node.tag.startsWith('tag:yaml.org,2002:'))
      return { kind: 'tagged', tag: node.tag, ...place };
    if (isMap(node))
      return { kind: 'map', entries: this.#readEntries(node.items, depth), ...place };
    if (isSeq(node)) {
      const items = node.items.map((item) => this.#read(item as Node | null, depth + 1));
      return { kind: 'list', items, ...place };
    }
    if (!isScalar(node)) throw new TreeFlaw('it holds what is neither text, list nor map');
    const { value } = node;
    const isPlain = value === null || ['string', 'number', 'boolean'].includes(typeof value);
    return isPlain
      ? { kind: 'scalar', value: value as YamlScalar['value'], ...place }
      : { kind: 'tagged', tag: node.tag ?? '!', ...place };
  }

  #readEntries(
    pairs: readonly { readonly key: unknown; readonly value: unknown }[],
    depth: number,
  ): ReadonlyMap<string, YamlNode> {
    const own = new Map<string, YamlNode>();
    const merged = new Map<string, YamlNode>();
    for (const { key, value } of pairs) {
      const name = this.#readKey(key);
      const node = this.#read(value as Node | null, depth + 1);
      if (name === '<<') {
        this.#merge(merged, node);
        continue;
      }
      // mutant yaml-tree-key-twice: condition -> false
      if (own.has(name)) throw new TreeFlaw(`the key ${JSON.stringify(name)} occurs twice`);
      own.set(name, node);
    }
    return merged.size === 0 ? own : new Map([...merged, ...own]);
  }

  #readKey(key: unknown): string {
    const node = key as Node;
    const target = isAlias(node) ? this.#follow(node.source, this.#place(node)) : null;
    if (target?.kind === 'scalar') return String(target.value);
    if (!isScalar(node)) throw new TreeFlaw('a key is a list or a map');
    return String(node.value);
  }

  /** The first of several maps counts (yaml.org/type/merge.html). */
  #merge(into: Map<string, YamlNode>, node: YamlNode): void {
    const maps = node.kind === 'list' ? node.items : [node];
    for (const map of maps) {
      if (map.kind !== 'map') throw new TreeFlaw('a merge key (<<) has something else than maps');
      this.#count(map.entries.size);
      for (const [name, value] of map.entries) if (!into.has(name)) into.set(name, value);
    }
  }

  /** An anchor counts from its end on, so that nothing contains itself. */
  #follow(name: string, place: YamlPlace): YamlNode {
    const target = this.#anchored.get(name);
    if (target === undefined) throw new TreeFlaw(`the alias *${name} stands for nothing before it`);
    this.#count(target.size);
    return { ...target.node, ...place };
  }

  #place({ range }: Node): YamlPlace {
    const [from = 0, to = from] = range ?? [];
    return { start: this.#start + from, end: this.#start + to };
  }
}

/** The value below a path of keys; null where there is none. */
export function findNode(node: YamlNode | null, ...path: readonly string[]): YamlNode | null {
  let found = node;
  for (const key of path) {
    if (found?.kind !== 'map') return null;
    found = found.entries.get(key) ?? null;
  }
  return found;
}

/** A text, or a number or truth as a text; null for all else. */
export function readScalar(node: YamlNode | null): string | null {
  return node?.kind === 'scalar' && node.value !== null ? String(node.value) : null;
}

/** The items of a list; none for all else. */
export function listItems(node: YamlNode | null): readonly YamlNode[] {
  return node?.kind === 'list' ? node.items : [];
}

/** The members of a map; none for all else. */
export function listEntries(node: YamlNode | null): readonly (readonly [string, YamlNode])[] {
  return node?.kind === 'map' ? [...node.entries] : [];
}

/** With the line in the whole file. */
function describeFlaw({ message, pos: [at] }: YAMLError, whole: string, start: number): string {
  const lines = whole.slice(0, start + at).split('\n');
  const column = (lines.at(-1)?.length ?? 0) + 1;
  return `${message.split('\n')[0] ?? 'not YAML'} at line ${lines.length}, column ${column}`;
}

function refuse(why: string, cause?: unknown): Result<never> {
  return fail('MALFORMED', why, 'Correct the document.', cause);
}
