import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
import type { PurlParts } from '../../../core/purl.ts';
import { fail, ok, type Result } from '../../../core/result.ts';
import { decodeUtf8, parseJson } from '../../../formats/json/parse.ts';
import type { Skip } from '../component.ts';
import { createSkip, takeDirectory } from '../extractor.ts';
import {
  buildPlainParts,
  createLineFinder,
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

const RELOCK = 'conan lock create .';
const REMEDY = `Write the lock again: ${RELOCK}`;

/** conan.lock of Conan 1 and 2, and the conanfile beside it. */
export const conanFormat: LockFormat = {
  name: 'conan',
  purlType: 'conan',
  isLock: wantFiles({ names: ['conan.lock'] }),
  isManifest: wantFiles({ names: ['conanfile.txt', 'conanfile.py'] }),
  readLock: readConanLock,
  readManifest: (path, bytes) =>
    path.endsWith('.txt') ? readConanfile(path, bytes) : readConanScript(path, bytes),
  buildParts: (name, version) => buildPlainParts('conan', name, version),
  relock: RELOCK,
  findManifest: (lock) => joinPath(takeDirectory(lock), 'conanfile.txt'),
};

/** `name/version@user/channel#revision%timestamp` (docs.conan.io, "References"). */
const REFERENCE =
  /^([a-z0-9_][a-z0-9_+.-]{0,100})\/([a-z0-9_][\w+.-]{0,100})(?:@([\w+.-]{0,100})(?:\/([\w+.-]{0,100}))?)?(?:#([0-9a-f]{1,64}))?(?:%[\d.]{1,40})?$/i;

/** conan.lock (docs.conan.io): lists of references, or in Conan 1 a graph of nodes. */
export function readConanLock(file: string, bytes: Uint8Array): Result<LockContent> {
  const json = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  if (!isJsonObject(json.value)) return fail('MALFORMED', `${file} is not an object`, REMEDY);
  const lock = json.value;
  const problems: Skip[] = [];
  const findLine = createLineFinder(text.value);
  const references = isJsonObject(lock['graph_lock'])
    ? listNodes(lock['graph_lock'])
    : listReferences(lock);
  if (references === null)
    return fail('MALFORMED', `${file} has neither references nor a graph`, REMEDY);
  const packages = new Map<string, LockedPackage>();
  for (const { written, development } of references) {
    const read = readReference(file, written, findLine);
    if (typeof read === 'string') problems.push(createSkip(file, 'MALFORMED', read, REMEDY));
    else if (packages.get(read.key)?.development !== false)
      packages.set(read.key, { ...read, development });
  }
  const known = { packages: [...packages.values()], problems };
  return ok(createPlainContent({ file, ...known, covers: 'beside', remedy: REMEDY }));
}

interface WrittenReference {
  readonly written: JsonValue;
  /** A tool that builds with: it is not shipped. */
  readonly development: boolean;
}

function listReferences(lock: JsonObject): readonly WrittenReference[] | null {
  const groups = ['requires', 'build_requires', 'python_requires', 'config_requires'];
  if (!groups.some((group) => Array.isArray(getOwn(lock, group)))) return null;
  return groups.flatMap((group) => {
    const list = getOwn(lock, group);
    const written = Array.isArray(list) ? (list as readonly JsonValue[]) : [];
    return written.map((one) => ({ written: one, development: group !== 'requires' }));
  });
}

/** Node 0 is the project itself, which has no reference or only a path. */
function listNodes({ nodes }: JsonObject): readonly WrittenReference[] | null {
  if (!isJsonObject(nodes)) return null;
  return Object.values(nodes).flatMap((node) => {
    if (!isJsonObject(node)) return [{ written: null, development: false }];
    const { ref, path, context } = node;
    if (path !== undefined || ref === undefined) return [];
    return [{ written: ref, development: context === 'build' }];
  });
}

function readReference(
  file: string,
  written: JsonValue,
  findLine: (needle: string) => number,
): LockedPackage | string {
  const text = typeof written === 'string' ? written : '';
  const [, name, version, user, channel, revision] = REFERENCE.exec(text) ?? [];
  if (name === undefined || version === undefined) return `${quoteName(text)} is no reference`;
  // The purl-spec wants a namespace where there is a channel.
  const isOwned = user !== undefined && user !== '_';
  const isChannel = isOwned && channel !== undefined && channel !== '_';
  const parts: PurlParts = {
    ...buildPlainParts('conan', name, version),
    namespace: isOwned ? user : null,
    qualifiers: isChannel ? { channel } : {},
  };
  return createLocked('conan', {
    ...{ key: text, name, version, parts, line: findLine(text) },
    ...(revision === undefined || revision === '0'
      ? { pinned: 'unknown', why: `${file} has no revision for it, so its content may change` }
      : { pinned: 'yes', why: `locked to a revision of its recipe in ${file}` }),
  });
}

/** conanfile.txt: one reference a line, below `[requires]` and the like. */
export function readConanfile(_file: string, bytes: Uint8Array): Result<ManifestContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const requests: ManifestRequest[] = [];
  let group = '';
  for (const [at, line] of text.value.split(/\r?\n/).entries()) {
    const written = (line.split('#', 1)[0] ?? '').trim();
    const header = /^\[([a-z_]{1,40})\]$/.exec(written)?.[1];
    if (header !== undefined) group = header;
    else if (
      written !== '' &&
      /^(?:requires|build_requires|tool_requires|test_requires)$/.test(group)
    ) {
      const [name = '', ...rest] = written.split('/');
      requests.push({
        ...{ name, spec: rest.join('/'), written: null, folder: null, line: at + 1 },
        ...{ kind: 'required', development: group !== 'requires' },
      });
    }
  }
  return ok({ name: null, requests, problems: [] });
}

/** A program: only whether it asks for anything. */
export function readConanScript(_file: string, bytes: Uint8Array): Result<ManifestContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const isOpen = /(?:requires|requirements)\b/.test(text.value);
  return ok({ name: null, requests: [], problems: [], isOpen });
}
