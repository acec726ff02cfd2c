import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import type { Skip } from '../component.ts';
import { parseRegistry } from '../component-registry.ts';
import { createSkip, takeDirectory } from '../extractor.ts';
import {
  buildPlainParts,
  createLineFinder,
  isPlainVersion,
  joinPath,
  type LockContent,
  type LockedPackage,
  type LockFormat,
  type ManifestContent,
  type ManifestRequest,
  quoteName,
} from '../locked/locked-package.ts';
import { createLocked, createPlainContent } from '../locked/plain-lock.ts';
import { wantFiles } from '../wanted-files.ts';

const RELOCK = 'brew bundle';
const REMEDY = `Write it again: ${RELOCK}`;

/** Brewfile, and Brewfile.lock.json, which older versions of Homebrew wrote. */
export const bundleFormat: LockFormat = {
  name: 'homebrew',
  purlType: 'brew',
  isLock: wantFiles({ names: ['Brewfile.lock.json'] }),
  isManifest: wantFiles({ names: ['Brewfile'] }),
  readLock: readBundleLock,
  readManifest: readBrewfile,
  buildParts: (name, version) => buildPlainParts('brew', takeFormula(name), version),
  findManifest: (lock) => joinPath(takeDirectory(lock), 'Brewfile'),
  relock: RELOCK,
};

const NAME = /^(?:[\w.-]{1,100}\/[\w.-]{1,100}\/)?[a-z0-9][\w@+.-]{0,200}$/i;
const TAP = /^([\w.-]{1,100})\/(?:homebrew-)?([\w.-]{1,100})$/;

/** `acme/tools/shop` is the formula `shop` of a tap. */
function takeFormula(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}

/**
 * Brewfile.lock.json: what a run of `brew bundle` installed. Nothing installs from it, and it names
 * no dependencies of formulae.
 */
export function readBundleLock(file: string, bytes: Uint8Array): Result<LockContent> {
  const json = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const entries = isJsonObject(json.value) ? json.value['entries'] : undefined;
  if (!isJsonObject(entries)) return fail('MALFORMED', `${file} has no entries`, REMEDY);
  const findLine = createLineFinder(text.value);
  const packages: LockedPackage[] = [];
  const problems: Skip[] = [];
  for (const group of ['brew', 'cask'] as const) {
    const listed = entries[group];
    for (const [name, entry] of isJsonObject(listed ?? undefined)
      ? Object.entries(listed as JsonObject)
      : []) {
      const line = findLine(`${JSON.stringify(name)}: {`);
      const read = readEntry(file, name, entry, line);
      if (read !== null) packages.push(group === 'cask' ? toCask(read) : read);
      else if (problems.length < PROBLEMS_MAX) {
        const why = `${quoteName(name)} has no usable name or version`;
        problems.push(createSkip(file, 'MALFORMED', why, REMEDY));
      }
    }
  }
  if (packages.length > 0) problems.push(skipUnknownNeeds(file));
  return ok(createPlainContent({ file, packages, problems, covers: 'beside', remedy: REMEDY }));
}

const PROBLEMS_MAX = 20;

function skipUnknownNeeds(file: string): Skip {
  const why = 'it does not name what its formulae depend on';
  return createSkip(file, 'FACT_UNKNOWN', why, 'Take the inventory where they are installed.');
}

function readEntry(
  file: string,
  name: string,
  entry: JsonValue | undefined,
  line: number,
): LockedPackage | null {
  const version = isJsonObject(entry) ? entry['version'] : null;
  if (!NAME.test(name) || !isPlainVersion(version)) return null;
  const formula = takeFormula(name);
  const why = `brew bundle installs the newest version: ${file} only says what was installed`;
  return createLocked('brew', { key: name, name: formula, version, line, pinned: 'no', why });
}

/** A cask may be called as a formula is. */
function toCask(locked: LockedPackage): LockedPackage {
  const parts = { ...locked.parts, qualifiers: { type: 'cask' } };
  return { ...locked, key: `cask ${locked.key}`, parts };
}

/** Brewfile (docs.brew.sh, "brew bundle"): a program whose lines nearly always are plain. */
export function readBrewfile(file: string, bytes: Uint8Array): Result<ManifestContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const taps = new Map<string, string>();
  const requests: ManifestRequest[] = [];
  const unread = new Map<string, number>();
  for (const [at, line] of text.value.split(/\r?\n/).entries()) {
    const [, word = '', written, rest = ''] = ENTRY.exec(line) ?? [];
    const name = written?.slice(1, -1);
    if (word === '') continue;
    if (word === 'tap') {
      const url = /^\s*,\s*["']([^"']{1,2000})["']/.exec(rest)?.[1];
      if (name !== undefined && url !== undefined) taps.set(foldTap(name), url);
    } else if (word === 'brew' || word === 'cask') {
      if (name === undefined || !NAME.test(name)) unread.set(word, at + 1);
      else requests.push(createRequest(name, at + 1));
    } else if (!unread.has(word)) unread.set(word, at + 1);
  }
  const problems = [...unread].map(([word, line]) => {
    const why = `line ${line}: what ${quoteName(word)} asks for is not read`;
    return createSkip(file, 'UNSUPPORTED', why, 'Attach an inventory of another tool too.');
  });
  const located = requests.map((one) => ({ ...one, written: locateTap(one.spec, taps) }));
  const named = located.map((one) => ({ ...one, spec: '*' }));
  return ok({ name: null, requests: named, problems });
}

/** Words of a Brewfile that install something, or say from where. */
const ENTRY =
  /^\s{0,100}(tap|brew|cask|mas|vscode|whalebrew|go|cargo|uv|flatpak|npm|krew)\b[ (]{1,4}("[^"#]{1,300}"|'[^'#]{1,300}')?(.{0,2000})/;

function createRequest(name: string, line: number): ManifestRequest {
  return {
    ...{ name: takeFormula(name), spec: name, line, written: null, folder: null },
    ...{ kind: 'required', development: false },
  };
}

function foldTap(name: string): string {
  return name.replace(TAP, '$1/$2').toLowerCase();
}

/** `acme/tools/shop` comes from the repository of its tap; others from Homebrew's own. */
function locateTap(name: string, taps: ReadonlyMap<string, string>): string | null {
  const end = name.lastIndexOf('/');
  if (end === -1) return null;
  const tap = name.slice(0, end);
  const [, owner, repository] = TAP.exec(tap) ?? [];
  if (owner === undefined || repository === undefined) return null;
  const url = taps.get(foldTap(tap)) ?? `https://github.com/${owner}/homebrew-${repository}`;
  return parseRegistry(url)?.replace(/\.git$/, '') ?? null;
}
