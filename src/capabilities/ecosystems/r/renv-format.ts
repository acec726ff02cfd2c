import { isJsonObject, type JsonObject, type JsonValue } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { getOwn } from '../../../core/own.ts';
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
  UNNAMED_REGISTRY,
} from '../locked/locked-package.ts';
import { createLocked, createPlainContent } from '../locked/plain-lock.ts';
import { wantFiles } from '../wanted-files.ts';

const RELOCK = "Rscript -e 'renv::snapshot()'";
const REMEDY = `Write the lock again: ${RELOCK}`;

/** Packages that come with R itself (r-project.org, "R Administration and Maintenance"). */
const BASE = new Set(
  (
    'R base compiler datasets graphics grDevices grid methods parallel splines stats stats4 tcltk ' +
    'tools translations utils'
  ).split(' '),
);

/** renv.lock, and DESCRIPTION of the project. */
export const renvFormat: LockFormat = {
  name: 'r',
  purlType: 'cran',
  isLock: wantFiles({ names: ['renv.lock'] }),
  isManifest: wantFiles({
    names: ['DESCRIPTION'],
    where: (path) => !BELOW_LIBRARY.test(path),
  }),
  readLock: readRenvLock,
  readManifest: readDescription,
  buildParts: (name, version) => buildPlainParts('cran', name, version),
  relock: RELOCK,
  findManifest: (lock) => joinPath(takeDirectory(lock), 'DESCRIPTION'),
};

/** Each package of a library has its own. */
export const isInstalledDescription = wantFiles({
  names: ['DESCRIPTION'],
  where: /(?:^|\/)(?:library|site-library)\/[^/]+\/DESCRIPTION$/,
});

/** In a package of a library, however deep. */
const BELOW_LIBRARY = /(?:^|\/)(?:library|site-library)\/[^/]+\//;

/** renv.lock (rstudio.github.io/renv, "Lockfiles"). */
export function readRenvLock(file: string, bytes: Uint8Array): Result<LockContent> {
  const json = parseJson(bytes, { bytesMax: LIMITS.fileBytesMax });
  if (!json.ok) return json;
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const lock = isJsonObject(json.value) ? json.value : {};
  const { Packages: listed, R: runtime } = lock;
  if (!isJsonObject(listed)) return fail('MALFORMED', `${file} has no Packages`, REMEDY);
  const repositories = listRepositories(
    isJsonObject(runtime) ? runtime['Repositories'] : undefined,
  );
  const findLine = createLineFinder(text.value);
  const problems: Skip[] = [];
  const packages: LockedPackage[] = [];
  for (const [name, entry] of Object.entries(listed)) {
    const line = findLine(`"${name}": {`);
    const read = readEntry({ file, repositories }, name, entry);
    if (typeof read === 'string') problems.push(createSkip(file, 'MALFORMED', read, REMEDY));
    else packages.push({ ...read, line });
  }
  const names = new Set(packages.map(({ key }) => key));
  const known = packages.map((one) => ({
    ...one,
    needs: one.needs.filter((need) => names.has(need)),
  }));
  return ok(
    createPlainContent({
      ...{ file, packages: known, own: BASE, problems },
      ...{ covers: 'beside', remedy: REMEDY },
    }),
  );
}

function listRepositories(value: JsonValue | undefined): ReadonlyMap<string, string> {
  const listed = Array.isArray(value) ? (value as readonly JsonValue[]) : [];
  return new Map(
    listed.flatMap((one) => {
      const [name, url] = isJsonObject(one) ? [one['Name'], one['URL']] : [];
      const registry = typeof url === 'string' ? parseRegistry(url) : null;
      return typeof name === 'string' && registry !== null ? [[name, registry] as const] : [];
    }),
  );
}

function readEntry(
  {
    file,
    repositories,
  }: { readonly file: string; readonly repositories: ReadonlyMap<string, string> },
  name: string,
  entry: JsonValue | undefined,
): LockedPackage | string {
  if (!isJsonObject(entry)) return `${quoteName(name)} is not an object`;
  const { Version: version, Source: source, Repository: repository } = entry;
  if (!/^[A-Za-z][A-Za-z0-9.]{0,200}$/.test(name))
    return `${quoteName(name)} is no name of a package`;
  if (!isPlainVersion(version)) return `${quoteName(name)} has no usable version`;
  const commit = entry['RemoteSha'];
  const isCommit = typeof commit === 'string' && /^[0-9a-f]{40}$/.test(commit);
  const isFromGit = source !== 'Repository' && source !== 'CRAN' && source !== 'Bioconductor';
  const registry = typeof repository === 'string' ? (repositories.get(repository) ?? null) : null;
  const host = getOwn(entry, 'RemoteHost');
  const origin = isFromGit && typeof host === 'string' ? nameRemote(entry, host) : null;
  return createLocked('cran', {
    ...{ name, version, line: 1 },
    origin,
    needs: listNeeds(entry),
    registry: registry === null ? UNNAMED_REGISTRY : { registry, registryFrom: 'lock' },
    ...(isFromGit && isCommit
      ? { pinned: 'yes', why: `locked to a commit in ${file}` }
      : // Its hash is of what is installed, in a form of renv alone.
        {
          pinned: 'unknown',
          why: `${file} has no hash of its archive, so its content may change`,
        }),
  });
}

function nameRemote(entry: JsonObject, host: string): string | null {
  const [user, repository, commit] = ['RemoteUsername', 'RemoteRepo', 'RemoteSha'].map((key) =>
    getOwn(entry, key),
  );
  if (typeof user !== 'string' || typeof repository !== 'string') return null;
  return `git+https://${host}/${user}/${repository}${typeof commit === 'string' ? `#${commit}` : ''}`;
}

/** `Requirements` is a list of names; newer locks have the fields of DESCRIPTION as they are. */
function listNeeds(entry: JsonObject): readonly string[] {
  const fields = ['Requirements', 'Depends', 'Imports', 'LinkingTo'].flatMap((key) => {
    const value = getOwn(entry, key);
    return Array.isArray(value) ? (value as readonly JsonValue[]) : [value ?? null];
  });
  return fields.flatMap((field) => (typeof field === 'string' ? listNames(field) : []));
}

/** `R (>= 3.5), cli (>= 3.6.1), glue` */
function listNames(field: string): readonly string[] {
  return field
    .split(',')
    .flatMap((part) => /^\s*([A-Za-z][A-Za-z0-9.]{0,200})/.exec(part)?.[1] ?? []);
}

/** DESCRIPTION of an R package: fields with lines that go on. */
export function readDescription(_file: string, bytes: Uint8Array): Result<ManifestContent> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  const requests: ManifestRequest[] = [];
  let group = '';
  for (const [at, line] of text.value.split(/\r?\n/).entries()) {
    const field = /^([A-Za-z][\w@-]{0,100}):(.*)$/.exec(line);
    if (field !== null) group = field[1] ?? '';
    if (!['Depends', 'Imports', 'LinkingTo', 'Suggests'].includes(group)) continue;
    for (const name of listNames(field?.[2] ?? line))
      if (!BASE.has(name))
        requests.push({
          ...{ name, spec: '*', written: null, folder: null, line: at + 1 },
          kind: group === 'Suggests' ? 'optional' : 'required',
          development: group === 'Suggests',
        });
  }
  return ok({ name: null, requests, problems: [] });
}
