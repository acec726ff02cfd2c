import { isJsonObject, type JsonObject } from '../../../../core/json.ts';
import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import { parseJson } from '../../../../formats/json/parse.ts';
import {
  createSkip,
  type Extraction,
  type Extractor,
  type FoundFile,
  type InstalledPackage,
  NOTHING,
  takeDirectory,
} from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { allowsVersion, isAddress } from '../declared/requirement.ts';
import {
  createNpmDraft,
  isNpmName,
  isVersionText,
  listNeededNames,
} from '../installed/npm-draft.ts';
import { ModuleNeeds } from './link-modules.ts';

/**
 * The package.json of a package folder: `node_modules/name/package.json` or
 * `node_modules/@scope/name/package.json`.
 */
const INSTALLED = /(?:^|\/)node_modules\/((?:@[^/]+\/)?(?!\.)[^/@]+)\/package\.json$/;

/** `node_modules`, or a package or scope in one. */
const MODULES_LINK = /(?:^|\/)node_modules(?:\/(?:(@[^/]+)(?:\/[^/]+)?|[^/@.][^/]*))?$/;

/** What is behind a link in installed packages: all of them, a scope, or one package. */
export function classifyModulesLink(path: string): string | null {
  const match = MODULES_LINK.exec(path);
  if (match === null) return null;
  if (path.endsWith('node_modules')) return 'node_modules';
  return match[1] !== undefined && path.endsWith(`/${match[1]}`) ? 'scope' : 'package';
}

/** Installed npm packages. */
export const nodeModules: Extractor = {
  name: 'node-modules',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['package.json'], where: INSTALLED }),
  extract,
  isShadowed: isUnpacked,
  yieldsToOwner: true,
  findOwnFolder: takeDirectory,
};

/** What Yarn unpacks beside its lock, which has it. */
function isUnpacked(path: string, paths: ReadonlySet<string>): boolean {
  const at = `/${path}`.indexOf('/.yarn/unplugged/');
  return at !== -1 && paths.has(`${path.slice(0, at)}yarn.lock`);
}

function extract({ path, bytes }: FoundFile): Extraction {
  const folder = INSTALLED.exec(path)?.[1];
  const repeated = new Set<string>();
  const fields = orThrow(
    parseJson(bytes, {
      bytesMax: LIMITS.fileBytesMax,
      onRepeatedKey: (key, depth) => void repeated.add(depth === 1 ? key : NESTED_KEY),
    }),
  );
  if (folder === undefined || !isJsonObject(fields)) return rejectFile(path, 'it is not an object');
  const { name, version } = fields;
  // npm installs nothing without a version: such a file marks a folder ({ "type": "module" }) or is
  // test data of a package
  if (version === undefined) return NOTHING;
  if (typeof name !== 'string' || !isNpmName(name))
    return rejectFile(path, 'it has no usable name');
  if (!isVersionText(version)) return rejectFile(path, 'it has no version');
  const origin = fields['_resolved']; // npm up to version 6 wrote these two
  const plain = { ...fields, integrity: fields['_integrity'], resolved: origin, dev: false };
  const draft = createNpmDraft({
    key: path,
    name,
    version,
    location: path,
    needs: [],
    fields: plain,
  });
  const installs = { ...describeInstalled(path, folder, name, version), needs: listNeeds(fields) };
  const document = new ModuleNeeds(listAskedNames(fields));
  return { drafts: [draft], ...describeRepeated(path, repeated), installs, document };
}

/** Stands for all keys below the first level, which say nothing about name and version. */
const NESTED_KEY = '';

/**
 * npm and Node.js load a package whose package.json repeats a key, and take the last value. Another
 * tool may take another name or version from it; then it is not sure that all see the same package.
 */
function describeRepeated(
  path: string,
  repeated: ReadonlySet<string>,
): Pick<Extraction, 'skips' | 'notes'> {
  if (repeated.size === 0) return { skips: [] };
  const why = 'it repeats a key; the last value counts, as for npm';
  const identity = ['name', 'version'].find((key) => repeated.has(key));
  // mutant repeated-name-of-an-installed-package by node-modules: remove
  if (identity !== undefined)
    return {
      skips: [createSkip(path, 'DUPLICATE_KEY', `${why}: ${identity}`, 'Remove one of them.')],
    };
  return { skips: [], notes: [`${path}: ${why}`] };
}

/** What manifests beside `node_modules` find there, as Node.js resolves names. */
function describeInstalled(
  path: string,
  folder: string,
  name: string,
  version: string,
): Omit<InstalledPackage, 'needs'> {
  const key = path.slice(0, -'/package.json'.length);
  const above = key.slice(0, -`node_modules/${folder}`.length);
  return {
    folder: above.replace(/\/$/, ''),
    name: folder,
    home: key,
    locate: (place, needed) =>
      `${place === '' ? '' : `${place}/`}node_modules/${needed}/package.json`,
    // A package from an address does not say where it came from.
    meets: ({ spec }) =>
      /^(?!npm:)[a-z][a-z+.-]*:/i.test(spec) ||
      isAddress(spec) ||
      allowsVersion(spec, { key, name, resolved: null }, version),
  };
}

/** npm counts a dependency that is named twice as optional, and some versions install no peers. */
function listNeeds(fields: JsonObject): readonly string[] {
  const optional = new Set(listNeededNames(fields, ['optionalDependencies']));
  return listNeededNames(fields, ['dependencies']).filter((name) => !optional.has(name));
}

const ASKED_MAX = 10_000;

/** What may be absent is asked for too: it counts where it is found. */
function listAskedNames(fields: JsonObject): readonly string[] {
  const names = listNeededNames(fields, [
    'dependencies',
    'optionalDependencies',
    'peerDependencies',
  ]);
  return [...new Set(names)].filter(isNpmName).slice(0, ASKED_MAX);
}

function rejectFile(path: string, why: string): Extraction {
  return { drafts: [], skips: [createSkip(path, 'MALFORMED', why, 'Install the package again.')] };
}
