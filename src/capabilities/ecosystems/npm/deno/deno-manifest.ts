import { isJsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { getOwn } from '../../../../core/own.ts';
import { fail, ok, orThrow, type Result } from '../../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../../formats/json/parse.ts';
import { createLineCounter, findMember, listMembers } from '../../../../formats/json/places.ts';
import { toStrictJson } from '../../../../formats/json/relaxed.ts';
import type { Skip } from '../../component.ts';
import {
  createSkip,
  type Extractor,
  type PackageRequest,
  type ProjectManifest,
  takeBaseName,
  takeDirectory,
} from '../../extractor.ts';
import { joinFolder, quoteName } from '../../locked/locked-package.ts';
import { wantFiles } from '../../wanted-files.ts';
import type { NpmManifest } from '../declared/read-manifest.ts';

/** What a deno.json imports under a name of its own. */
export interface DenoImport {
  readonly name: string;
  /** `npm:chalk@5`, `jsr:@std/path@^1`, an address or a path. */
  readonly spec: string;
  readonly line: number;
}

export function isDenoManifest(path: string): boolean {
  return /^deno\.jsonc?$/.test(takeBaseName(path));
}

/** `imports` of a deno.json or deno.jsonc (docs.deno.com, "deno.json and package.json"). */
export function readDenoManifest(file: string, bytes: Uint8Array): Result<readonly DenoImport[]> {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const text = toStrictJson(decoded.value);
  const json = parseJson(text, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!json.ok) return json;
  const remedy = `Correct ${takeBaseName(file)}.`;
  if (!isJsonObject(json.value)) return fail('MALFORMED', 'it is not an object', remedy);
  const imports = getOwn(json.value, 'imports') ?? {};
  if (!isJsonObject(imports)) return fail('MALFORMED', 'imports is not an object', remedy);
  const toLine = createLineCounter(text);
  const start = findMember(text, ['imports'])?.valueStart;
  const members = start === undefined ? [] : listMembers(text, start);
  return ok(
    members.flatMap(({ key, keyStart }) => {
      const spec = getOwn(imports, key);
      return typeof spec === 'string' ? [{ name: key, spec, line: toLine(keyStart) }] : [];
    }),
  );
}

/** The same as a package.json would ask for it. */
export function readDenoRequirements(file: string, bytes: Uint8Array): Result<NpmManifest> {
  const imports = readDenoManifest(file, bytes);
  if (!imports.ok) return imports;
  const wanted = imports.value
    .filter(({ spec }) => /^(?:npm|jsr):/.test(spec))
    .map(({ name, spec, line }) => ({
      ...{ name, spec: cutSubpath(spec), line },
      group: 'dependencies' as const,
      optionalPeer: false,
    }));
  const problems = findAwayImports(file, imports.value);
  const none = { name: null, version: null, workspaces: [], overridden: [], problems };
  return ok({ ...none, wanted });
}

/** Modules in a folder outside of the tree: what they import is not known here. */
function findAwayImports(file: string, imports: readonly DenoImport[]): readonly Skip[] {
  return imports.flatMap(({ name, spec }) => {
    const path = spec.replace(/^file:\/\//, '');
    const isPath = path !== spec || /^(?:\.\.?)?\//.test(spec);
    // mutant import-out-of-the-tree by outside-the-tree: condition -> true
    if (!isPath || joinFolder(takeDirectory(file), path) !== null) return [];
    const why = `${quoteName(name)} is ${quoteName(spec)}, outside this tree`;
    return [createSkip(file, 'FACT_UNKNOWN', why, 'Name the folder that holds both.')];
  });
}

/** What its lock must have. */
export function describeDenoManifest(
  path: string,
  imports: readonly DenoImport[],
): ProjectManifest {
  const outside = imports.filter(({ spec }) => /^(?:npm:|jsr:|https?:)/.test(spec));
  const requests = outside
    .filter(({ spec }) => !spec.startsWith('http'))
    .map(({ name, spec }): PackageRequest => ({ name, spec: cutSubpath(spec), kind: 'required' }));
  const uncovered =
    outside.length === 0
      ? null
      : createSkip(
          path,
          'FACT_UNKNOWN',
          'it imports packages that no lock has',
          'Lock them: deno install.',
        );
  return { path, name: null, requests, uncovered };
}

/** `npm:preact@10/hooks` is a part of `npm:preact@10`. */
export function cutSubpath(spec: string): string {
  const [, protocol, name] = /^(npm|jsr):\/?((?:@[^/@]+\/)?[^/@]+(?:@[^/]*)?)/.exec(spec) ?? [];
  return name === undefined ? spec : `${protocol}:${name}`;
}

export const denoManifest: Extractor = {
  name: 'deno-manifest',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: wantFiles({
    names: ['deno.json', 'deno.jsonc'],
    where: (path) => !/(?:^|\/)node_modules\//.test(path),
  }),
  extract: ({ path, bytes }) => {
    const imports = orThrow(readDenoManifest(path, bytes));
    const skips = findAwayImports(path, imports);
    return { drafts: [], skips, declares: describeDenoManifest(path, imports) };
  },
};
