import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import {
  listChildren,
  parseXml,
  takeLocalName,
  type XmlElement,
} from '../../../../formats/xml/parse.ts';
import { parseRegistry } from '../../component-registry.ts';
import type { RegistrySource } from '../../dependency.ts';
import { takeBaseName, takeDirectory } from '../../extractor.ts';
import { joinPath, listFoldersUp } from '../msbuild/paths.ts';

export interface PackageSource {
  readonly key: string;
  /** As written: an address, or the path of a folder. */
  readonly value: string;
  readonly line: number;
}

/** One NuGet.config; those of the folders above count too, and those of the machine. */
export interface NugetConfig {
  readonly file: string;
  readonly sources: readonly PackageSource[];
  /** Whether it drops the sources of the files above it, and of the machine. */
  readonly clears: boolean;
  readonly disabled: ReadonlySet<string>;
  /** Patterns of names by source: only the longest that matches counts. */
  readonly mapping: readonly { readonly key: string; readonly pattern: string }[];
}

const REMEDY = 'Correct the file: dotnet nuget list source.';

export function isNugetConfig(path: string): boolean {
  return takeBaseName(path).toLowerCase() === 'nuget.config';
}

/** NuGet.config (learn.microsoft.com, "nuget.config reference"). Passwords are not read. */
export function readNugetConfig(file: string, bytes: Uint8Array): Result<NugetConfig> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const root = parseXml(text.value, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!root.ok) return fail('MALFORMED', `${file}: ${root.failure.message}`, REMEDY, root.failure);
  if (takeLocalName(root.value) !== 'configuration')
    return fail('MALFORMED', `${file} is no configuration`, REMEDY);
  const parts = (name: string): readonly XmlElement[] =>
    listChildren(root.value, name).flatMap(({ children }) => children);
  const listed = takeAfterClear(parts('packageSources'));
  const disabled = takeAfterClear(parts('disabledPackageSources')).kept;
  return ok({
    file,
    sources: listed.kept.flatMap(readSource),
    clears: listed.clears,
    disabled: new Set(
      disabled
        .filter(({ attributes }) => attributes.get('value')?.toLowerCase() === 'true')
        .map(({ attributes }) => foldKey(attributes.get('key'))),
    ),
    mapping: takeAfterClear(parts('packageSourceMapping')).kept.flatMap(readMapping),
  });
}

function foldKey(key: string | undefined): string {
  return (key ?? '').trim().toLowerCase();
}

/** `<clear/>` drops what stands before it. */
function takeAfterClear(elements: readonly XmlElement[]): {
  readonly kept: readonly XmlElement[];
  readonly clears: boolean;
} {
  const last = elements.findLastIndex((element) => takeLocalName(element) === 'clear');
  return { kept: elements.slice(last + 1), clears: last !== -1 };
}

function readSource({ attributes, line }: XmlElement): readonly PackageSource[] {
  const key = foldKey(attributes.get('key'));
  const value = attributes.get('value')?.trim() ?? '';
  return key === '' || value === '' ? [] : [{ key, value, line }];
}

function readMapping(source: XmlElement): NugetConfig['mapping'] {
  const key = foldKey(source.attributes.get('key'));
  return listChildren(source, 'package').flatMap(({ attributes }) => {
    const pattern = attributes.get('pattern')?.trim().toLowerCase() ?? '';
    return pattern === '' ? [] : [{ key, pattern }];
  });
}

export interface RegistryOrigin {
  readonly registry: string | null;
  readonly registryFrom: RegistrySource;
}

const DEFAULT: RegistryOrigin = { registry: null, registryFrom: 'default' };
const UNCLEAR: RegistryOrigin = { registry: null, registryFrom: 'configured' };

/** Where the packages of a folder come from, by the files of the tree. */
export class PackageSources {
  readonly #configs: readonly NugetConfig[];

  /** `all` by folder; the nearest first. */
  constructor(folder: string, all: ReadonlyMap<string, NugetConfig>) {
    const near = listFoldersUp(folder).flatMap((up) => all.get(up) ?? []);
    const end = near.findIndex(({ clears }) => clears);
    this.#configs = end === -1 ? near : near.slice(0, end + 1);
  }

  /**
   * Known where the tree alone decides it: the sources of the machine are dropped, and one source
   * is left for the package. NuGet asks all that are left, and takes the first answer.
   */
  find(name: string): RegistryOrigin {
    if (this.#configs.length === 0) return DEFAULT;
    const sources = this.#selectSources(name);
    const [first] = sources;
    const isClosed = this.#configs.at(-1)?.clears === true;
    if (first === undefined || sources.length > 1) return UNCLEAR;
    const [config, source] = first;
    const registry = parseSource(source.value);
    if (registry === null) {
      const inTree = isFolderHere(config.file, source.value);
      return inTree && isClosed ? { registry: null, registryFrom: 'tree' } : UNCLEAR;
    }
    // mutant sources-of-the-machine: condition -> true
    return { registry, registryFrom: isClosed ? 'written' : 'configured' };
  }

  #selectSources(name: string): readonly (readonly [NugetConfig, PackageSource])[] {
    const disabled = new Set(this.#configs.flatMap((config) => [...config.disabled]));
    const byKey = new Map<string, readonly [NugetConfig, PackageSource]>();
    for (const config of this.#configs)
      for (const source of config.sources)
        if (!byKey.has(source.key)) byKey.set(source.key, [config, source]);
    const mapped = this.#selectKeys(name);
    return [...byKey]
      .filter(([key]) => !disabled.has(key) && (mapped === null || mapped.has(key)))
      .map(([, found]) => found);
  }

  /** Null where nothing maps packages to sources; then each source has all. */
  #selectKeys(name: string): ReadonlySet<string> | null {
    const all = this.#configs.flatMap(({ mapping }) => mapping);
    if (all.length === 0) return null;
    const fitting = all.filter(({ pattern }) => fitsPattern(pattern, name.toLowerCase()));
    const longest = Math.max(...fitting.map(({ pattern }) => rankPattern(pattern)));
    // mutant pattern-that-is-shorter by nuget-declarations: value -> fitting
    const best = fitting.filter(({ pattern }) => rankPattern(pattern) === longest);
    return new Set(best.map(({ key }) => key));
  }
}

function fitsPattern(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name;
}

/** A whole name beats every pattern. */
function rankPattern(pattern: string): number {
  return pattern.endsWith('*') ? pattern.length : pattern.length + 10_000;
}

/** Host and path, without the index that NuGet asks for; null for a folder. */
export function parseSource(value: string): string | null {
  if (!/^https?:/i.test(value)) return null;
  return parseRegistry(value)?.replace(/\/index\.json$/i, '') ?? null;
}

function isFolderHere(file: string, value: string): boolean {
  const path = value.replaceAll('\\', '/');
  const isPlain = !path.startsWith('//') && !/[%$:]/.test(path);
  return isPlain && joinPath(takeDirectory(file), path) !== null;
}
