import { isJsonObject, type JsonObject, type JsonValue } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { fail, ok, orThrow, type Result } from '../../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../../formats/json/parse.ts';
import { createLineCounter, findMember, listMembers } from '../../../../formats/json/places.ts';
import type { Skip } from '../../component.ts';
import { type Extraction, type Extractor, takeBaseName } from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { createNugetDraft, isNugetName, quoteName, skipMalformed } from '../nuget-draft.ts';
import { isNugetVersion } from '../version-order.ts';

/** A package that builds use in just this version. */
export interface BuildPackage {
  readonly name: string;
  readonly version: string;
  readonly line: number;
}

export interface BuildPackages {
  readonly packages: readonly BuildPackage[];
  readonly problems: readonly Skip[];
}

/**
 * `dotnet-tools.json`, whose tools bring all that they need, and `global.json`, which names the
 * packages with targets of MSBuild.
 */
export const isToolsFile = wantFiles({ names: ['dotnet-tools.json', 'global.json'] });

const REMEDY = 'Write one version for each name.';

export function readBuildPackages(file: string, bytes: Uint8Array): Result<BuildPackages> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const plain = stripComments(text.value);
  const json = parseJson(plain, { bytesMax: LIMITS.dependencyFileBytesMax });
  if (!json.ok) return json;
  if (!isJsonObject(json.value)) return fail('MALFORMED', `${file} is not an object`, REMEDY);
  const member = takeBaseName(file) === 'global.json' ? 'msbuild-sdks' : 'tools';
  const named = json.value[member];
  if (named === undefined) return ok({ packages: [], problems: [] });
  if (!isJsonObject(named)) return fail('MALFORMED', `${file}: ${member} is no object`, REMEDY);
  return ok(readNamed(file, { text: plain, member, named }));
}

function readNamed(
  file: string,
  { text, member, named }: { text: string; member: string; named: JsonObject },
): BuildPackages {
  const toLine = createLineCounter(text);
  const start = findMember(text, [member])?.valueStart ?? 0;
  const lines = new Map(
    listMembers(text, start).map(({ key, keyStart }) => [key, toLine(keyStart)]),
  );
  const packages: BuildPackage[] = [];
  const problems: Skip[] = [];
  for (const [name, value] of Object.entries(named)) {
    const version = readVersion(value);
    if (isNugetName(name) && version !== null)
      packages.push({ name, version, line: lines.get(name) ?? 1 });
    else problems.push(skipMalformed(file, `${quoteName(name)} has no usable version`, REMEDY));
  }
  return { packages, problems };
}

function readVersion(value: JsonValue | undefined): string | null {
  const version = isJsonObject(value) ? value['version'] : value;
  return typeof version === 'string' && isNugetVersion(version) ? version : null;
}

/** The SDK allows comments in global.json; each is replaced by spaces, so that lines stay. */
function stripComments(text: string): string {
  if (!text.includes('/*') && !text.includes('//')) return text;
  const pieces: string[] = [];
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '"') at = findQuote(text, at);
    else if (text[at] === '/' && (text[at + 1] === '/' || text[at + 1] === '*')) {
      const isLine = text[at + 1] === '/';
      const close = text.indexOf(isLine ? '\n' : '*/', at + 2);
      const end = close === -1 ? text.length : close + (isLine ? 0 : 2);
      pieces.push(text.slice(from, at), text.slice(at, end).replaceAll(/[^\n]/g, ' '));
      from = end;
      at = end - 1;
    }
  }
  return pieces.join('') + text.slice(from);
}

function findQuote(text: string, open: number): number {
  for (let at = open + 1; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === '"') return at;
  }
  return text.length;
}

export const buildPackages: Extractor = {
  name: 'nuget-tools',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: isToolsFile,
  extract: ({ path, bytes }): Extraction => {
    const { packages, problems } = orThrow(readBuildPackages(path, bytes));
    const drafts = packages.map(({ name, version }) =>
      createNugetDraft({ name, version, location: path, development: true }),
    );
    return { drafts, skips: problems, direct: drafts.map(({ key }) => key) };
  },
};
