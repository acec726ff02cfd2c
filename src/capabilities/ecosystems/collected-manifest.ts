import { cutBefore } from '../../formats/text/cut.ts';
import { readScalar, type YamlNode } from '../../formats/yaml/trees.ts';
import { parseRegistry } from './component-registry.ts';
import type { DeclaredDependency, PinState } from './dependency.ts';
import { takeDirectory } from './extractor.ts';
import { declareImage } from './image-dependency.ts';
import { joinFolder } from './locked/locked-package.ts';
import {
  findSpan,
  type LocatedDependency,
  type ManifestReading,
  type YamlManifest,
} from './manifest.ts';
import { readScriptNode } from './script-node.ts';

export interface ImageOptions {
  /** With variables replaced; as written by default. */
  readonly text?: string;
  /** As the file writes it, where it is no value: a key, or a part of a text. */
  readonly written?: string;
  /** What decides the name besides the file. */
  readonly open?: string | null;
  readonly notes?: readonly string[];
  /** The last part of the name, where the value is only that: a digest may follow it there. */
  readonly pinAt?: string;
}

/** Something else than an image: a repository, a chart, a template. */
export interface SourceOptions {
  readonly ecosystem: string;
  readonly name: string;
  readonly version: string | null;
  readonly pinned: PinState;
  readonly why: string;
  readonly requested?: string;
  readonly purl?: DeclaredDependency['purl'];
  /** The address that the file names. */
  readonly address?: string;
  readonly recorded?: boolean;
  readonly remedy?: string;
}

const COMMIT = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/i;

/** Collects what a manifest of YAML declares, with lines and places. */
export class CollectedManifest implements ManifestReading {
  readonly dependencies: LocatedDependency[] = [];
  readonly notLookedAt: { readonly kind: string; readonly line: number }[] = [];
  readonly #manifest: YamlManifest;

  constructor(manifest: YamlManifest) {
    this.#manifest = manifest;
  }

  /** An image that runs; nothing for an empty text. */
  addImage(node: YamlNode, options: ImageOptions = {}): void {
    const { file, text: whole } = this.#manifest;
    const written = options.written ?? readScalar(node)?.trim() ?? null;
    if (node.kind === 'scalar' && (written === null || written === '')) return;
    const tagged = node.kind === 'tagged' ? `${node.tag} decides which image it is` : null;
    const text = options.text ?? written ?? takeLine(whole, node);
    const open = options.open ?? tagged ?? (written === null ? 'it is not a text' : null);
    const place = { file, line: this.#manifest.toLine(node) };
    const isPlain = open === null && written !== null && text === written;
    this.dependencies.push({
      ...declareImage({
        ...{ text, written: written ?? text, place, kind: 'image' as const, open },
        notes: options.notes ?? [],
      }),
      span: isPlain ? findSpan(whole, node, options.pinAt ?? text) : null,
    });
  }

  /** What the commands of a script install. */
  addScript(node: YamlNode): void {
    const { dependencies, notLookedAt } = readScriptNode(this.#manifest, node);
    this.dependencies.push(...dependencies);
    this.notLookedAt.push(...notLookedAt);
  }

  addSource(node: YamlNode, source: SourceOptions): void {
    const { address, remedy, recorded = source.pinned === 'yes' } = source;
    const place = address === undefined ? null : parseRegistry(address);
    this.dependencies.push({
      ecosystem: source.ecosystem,
      name: source.name.slice(0, 500),
      version: source.version,
      requested: (source.requested ?? source.name).slice(0, 500),
      purl: source.purl ?? null,
      pinned: source.pinned,
      why: source.why,
      registry: place,
      registryFrom: place === null ? 'default' : 'written',
      recorded,
      place: { file: this.#manifest.file, line: this.#manifest.toLine(node) },
      kind: 'direct',
      development: false,
      span: null,
      remedy: remedy ?? 'write what fixes its content: a commit, a checksum or a digest',
    });
  }

  /** What another reader found in a text of this file. */
  addOther(node: YamlNode, dependency: Omit<DeclaredDependency, 'place'>): void {
    const place = { file: this.#manifest.file, line: this.#manifest.toLine(node) };
    this.dependencies.push({ ...dependency, place, span: null });
  }

  /** An address that nothing fixes but a commit in its query or fragment. */
  addAddress(node: YamlNode, address: string): void {
    const bare = address.replace(/^(\w+:\/\/)[^/@\s]*@/, '$1');
    const ref = /[?&](?:ref|version)=([^&#]+)/.exec(bare)?.[1] ?? /#([^:]+)/.exec(bare)?.[1];
    const fixed = ref !== undefined && COMMIT.test(ref);
    this.addSource(node, {
      ecosystem: 'generic',
      name: cutBefore(bare, '?#'),
      requested: bare,
      version: ref ?? null,
      pinned: fixed ? 'yes' : 'no',
      why: fixed
        ? 'named by its commit'
        : ref === undefined
          ? 'nothing fixes the content of the address'
          : `the tag or branch ${ref} may move`,
      address: /^\w+:\/\//.test(bare) ? bare : `https://${bare}`,
    });
  }

  /** A repository at a commit, a tag or a branch. */
  addRevision(node: YamlNode, repository: string, ref: string | null, ecosystem = 'generic'): void {
    const bare = repository.replace(/^(\w+:\/\/)[^/@\s]*@/, '$1');
    const fixed = ref !== null && COMMIT.test(ref);
    this.addSource(node, {
      ecosystem,
      name: bare,
      version: ref,
      pinned: fixed ? 'yes' : 'no',
      why: describeRevision(ref, fixed),
      address: bare,
      remedy: `write the commit instead: git ls-remote ${bare} '${(ref ?? 'HEAD').replaceAll("'", '')}'`,
    });
  }

  /** A file or a folder that it takes in: nothing where that is a part of this tree. */
  addPath(node: YamlNode, path: string, kind: string): void {
    // mutant manifest-that-leads-out-of-the-tree by outside-the-tree: condition -> false
    if (joinFolder(takeDirectory(this.#manifest.file), path) === null) this.addUnread(node, kind);
  }

  addUnread(node: YamlNode, kind: string): void {
    this.notLookedAt.push({ kind, line: this.#manifest.toLine(node) });
  }
}

function describeRevision(ref: string | null, fixed: boolean): string {
  if (fixed) return 'named by its commit';
  return ref === null ? 'no commit is named' : `the tag or branch ${ref} may move`;
}

/** What is no text, as the file writes it. */
function takeLine(whole: string, node: YamlNode): string {
  const tag = node.kind === 'tagged' ? `${node.tag} ` : '';
  return `${tag}${cutBefore(whole.slice(node.start, node.start + 200), '\r\n').trim()}`;
}

/** Whether an image name is made by an expression of another program. */
export function findTemplate(text: string): string | null {
  return /\{\{|\$\(|\$\{|<%|\[\[|^\$\w|__\w+__/.test(text)
    ? 'a variable or a template decides which image it is'
    : null;
}
