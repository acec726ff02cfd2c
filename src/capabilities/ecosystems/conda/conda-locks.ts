import { toFailure } from '../../../core/failure.ts';
import { isJsonObject, type JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { failed, ok, orThrow, type Result } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import { parseYaml } from '../../../formats/yaml/parse.ts';
import {
  type CoverageCheck,
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type FoundFile,
  takeBaseName,
  takeDirectory,
} from '../extractor.ts';
import { listFlaws, quoteName } from '../python/lock/python-lock.ts';
import { createPythonDraft, isVersionText } from '../python/python-draft.ts';
import { isPythonName, normaliseName, parseRequirement } from '../python/requirement.ts';
import { takeObject, takeObjects, takeText, takeTexts } from '../python/values.ts';
import { wantFiles } from '../wanted-files.ts';
import { createCondaDraft, isCondaName, isCondaVersion, takeArchiveName } from './conda-draft.ts';
import { takeFirstName } from './conda-meta.ts';

const EXPLICIT = /^conda[^/]*\.lock$/;

/** What conda-lock, pixi and `conda list --explicit` lock. */
export const condaLock: Extractor = {
  name: 'conda-lock',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles(
    { names: ['pixi.lock'], endings: ['conda-lock.yaml', 'conda-lock.yml'] },
    { endings: ['.lock'], where: (path) => EXPLICIT.test(takeBaseName(path)) },
  ),
  extract,
};

/** What a lock has, for a reader of declarations. */
export function readCondaLockFile(path: string, bytes: Uint8Array): Result<Extraction> {
  try {
    return ok(extract({ path, bytes }));
  } catch (thrown) {
    return failed(toFailure(thrown));
  }
}

const REWRITE = 'Write the lock again with the tool that wrote it.';

function extract({ path, bytes }: FoundFile): Extraction {
  const text = orThrow(decodeUtf8(bytes));
  if (EXPLICIT.test(takeBaseName(path))) return finish(path, readExplicit(path, text));
  const document = orThrow(parseYaml(text, { bytesMax: LIMITS.fileBytesMax }));
  const fields = takeObject(isJsonObject(document) ? document : undefined);
  if (Array.isArray(fields['package'])) return finish(path, readCondaLock(path, fields));
  if (Array.isArray(fields['packages'])) return finish(path, readPixiLock(path, fields));
  const why = 'it is no lock of conda-lock 1 or pixi';
  return { drafts: [], skips: [createSkip(path, 'UNSUPPORTED', why, REWRITE)] };
}

interface LockedDrafts {
  readonly drafts: readonly Draft[];
  readonly flaws: readonly string[];
}

function finish(path: string, { drafts, flaws }: LockedDrafts): Extraction {
  return { drafts, skips: listFlaws(path, flaws, REWRITE), locks: createCheck(path, drafts) };
}

/** `@EXPLICIT`, and one address of an archive a line, with its MD5. */
function readExplicit(path: string, text: string): LockedDrafts {
  const drafts: Draft[] = [];
  const flaws: string[] = [];
  const lines = text.split(/\r?\n/).filter((line) => /^[^#@\s]/.test(line));
  if (!/^@EXPLICIT\s*$/m.test(text)) flaws.push('it has no line @EXPLICIT');
  for (const line of lines) {
    const url = line.split('#', 1)[0]?.trim() ?? '';
    const named = takeArchiveName(url);
    if (named === null) flaws.push(`it has a line that is no address: ${quoteName(line)}`);
    else drafts.push(createCondaDraft({ ...named, key: url, location: path, url }));
  }
  return { drafts, flaws };
}

/** conda-lock 1: a package for each platform, of conda or of pip. */
function readCondaLock(path: string, fields: JsonObject): LockedDrafts {
  const drafts: Draft[] = [];
  const flaws: string[] = [];
  const tables = takeObjects(fields['package']);
  for (const table of tables) {
    const [name, version] = [takeText(table['name']), takeText(table['version'])];
    const platform = takeText(table['platform']) ?? '';
    const manager = takeText(table['manager']);
    const url = takeText(table['url']);
    const sha256 = takeText(takeObject(table['hash'])['sha256']);
    const key = (of: string): string => `${manager} ${platform} ${of}`;
    const needs = Object.keys(takeObject(table['dependencies'])).map(key);
    const groups = [...takeTexts(table['categories']), takeText(table['category'])];
    const development = !groups.includes('main') && groups.some((one) => one === 'dev');
    const base = { key: key(name ?? ''), location: path, needs, development };
    if (name === null || version === null || !isVersionText(version))
      flaws.push(`${quoteName(name)} has no version`);
    else if (manager === 'pip' && isPythonName(name)) {
      const hashes = sha256 === null ? [] : [`sha256:${sha256}`];
      drafts.push(createPythonDraft({ ...base, name, version, hashes, origin: url }));
    } else if (manager === 'conda' && isCondaName(name) && isCondaVersion(version)) {
      const build = takeArchiveName(url ?? '')?.build ?? null;
      drafts.push(createCondaDraft({ ...base, name, version, build, url, sha256 }));
    } else flaws.push(`${quoteName(name)} is neither of conda nor of pip`);
  }
  return { drafts, flaws };
}

/** pixi.lock 4 to 6: addresses of archives, and packages of PyPI. */
function readPixiLock(path: string, fields: JsonObject): LockedDrafts {
  const drafts: Draft[] = [];
  const flaws: string[] = [];
  for (const table of takeObjects(fields['packages'])) {
    const kind = takeText(table['kind']);
    const conda = takeText(table['conda']) ?? (kind === 'conda' ? takeText(table['url']) : null);
    const pypi = takeText(table['pypi']) ?? (kind === 'pypi' ? takeText(table['url']) : null);
    const hash = takeText(table['sha256']);
    const named = conda === null ? null : takeArchiveName(conda);
    const [name, version] = [takeText(table['name']), takeText(table['version'])];
    if (conda !== null && named !== null)
      drafts.push(
        createCondaDraft({
          ...named,
          key: `conda ${named.name}`,
          location: path,
          url: conda,
          sha256: hash,
          license: takeText(table['license']),
          needs: takeTexts(table['depends']).map((one) => `conda ${takeFirstName(one)}`),
        }),
      );
    else if (pypi !== null && /^\.{0,2}\//.test(pypi))
      continue; // A part of this tree.
    else if (pypi !== null && name !== null && version !== null && isPythonName(name))
      drafts.push(
        createPythonDraft({
          key: `pypi ${normaliseName(name)}`,
          name,
          version,
          location: path,
          hashes: hash === null ? [] : [`sha256:${hash}`],
          origin: pypi,
          needs: takeTexts(table['requires_dist']).flatMap((one) => {
            const requirement = parseRequirement(one);
            return requirement === null ? [] : [`pypi ${normaliseName(requirement.name)}`];
          }),
        }),
      );
    else flaws.push(`a package is no archive with a name: ${quoteName(conda ?? pypi ?? name)}`);
  }
  return { drafts, flaws };
}

const MANIFESTS =
  /(?:^|\/)(?:[^/]*environment|environment[-_][^/]*|conda)\.ya?ml$|(?:^|\/)pixi\.toml$/;

/** A lock is for the environments of its folder that it has all of. */
function createCheck(file: string, drafts: readonly Draft[]): CoverageCheck {
  const names = new Set(drafts.map(({ name }) => normaliseName(name)));
  return ({ path, requests }) => {
    if (takeDirectory(path) !== takeDirectory(file) || !MANIFESTS.test(path)) return null;
    const lacking = requests.find(({ name }) => !names.has(normaliseName(name)));
    if (lacking === undefined) return [];
    const why = `it lacks ${quoteName(lacking.name)}: ${path} and the lock disagree`;
    return [createSkip(file, 'FACT_UNKNOWN', why, REWRITE)];
  };
}
