import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import {
  type CoverageCheck,
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  NOTHING,
  takeBaseName,
  takeDirectory,
} from '../../extractor.ts';
import { quoteName } from '../lock/python-lock.ts';
import { meetsSpec } from '../manifest/python-manifest.ts';
import { createPythonDraft, isVersionText } from '../python-draft.ts';
import { dropCredentials } from './address.ts';
import {
  findViaName,
  isHelmLock,
  type RequirementEntry,
  type RequirementsFile,
  readRequirements,
} from './requirements-file.ts';
import { isConstraintsFile, isRequirementsFile } from './requirements-name.ts';
import { type FindFile, isOwnFolder, settleEntries } from './settle-entries.ts';

/**
 * The packages that a requirements file fixes. It is read as pip reads it alone; `settle` adds what
 * the files say together.
 */
export const pythonRequirements: Extractor = {
  name: 'python-requirements',
  database: true,
  reads: ['source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: isRequirementsFile,
  extract: ({ path, bytes }) => {
    // mutant chart-lock-read-as-requirements by requirements: condition -> false
    if (isHelmLock(path, Buffer.from(bytes).toString('latin1')))
      return { ...NOTHING, skips: [createSkip(path, 'UNSUPPORTED', HELM, HELM_REMEDY)] };
    return settle(orThrow(readRequirements(path, bytes)), () => null);
  },
};

const HELM = 'it locks charts of Helm 2, of which the content is not here';
const HELM_REMEDY = 'Take their inventory where they are fetched: waybill sbom FOLDER.';

/** What a file says, with the files that it takes in. */
export function settle(own: RequirementsFile, find: FindFile): Extraction {
  const { file } = own;
  const { entries, skips, uncovered } = settleEntries(own, find);
  // Nothing is installed by constraints alone.
  if (isConstraintsFile(file)) return { drafts: [], skips, document: own };
  const drafts = linkDrafts(entries, file);
  const requests = entries
    .filter((entry) => !isOwnFolder(entry))
    .map(({ name, text, specifier, hasMarker, address }) => ({
      name: name ?? text,
      spec: address === null ? specifier : '@',
      kind: hasMarker ? ('optional-peer' as const) : ('required' as const),
    }));
  const direct = own.isCompiled ? listDirect(entries) : null;
  return {
    drafts,
    skips,
    declares: { path: file, name: null, requests, uncovered },
    document: own,
    ...(uncovered === null ? { locks: createCheck(own, entries) } : {}),
    ...(direct === null ? {} : { direct }),
  };
}

function linkDrafts(entries: readonly RequirementEntry[], file: string): readonly Draft[] {
  const byName = Map.groupBy(entries, ({ name }) => name ?? '');
  const needs = new Map<string, Set<string>>();
  const keys = entries.map((entry) => ({ entry, key: formatKey(entry) }));
  for (const { entry, key } of keys)
    for (const note of entry.via)
      for (const above of byName.get(findViaName(note) ?? '') ?? []) {
        const from = formatKey(above);
        needs.set(from, (needs.get(from) ?? new Set()).add(key));
      }
  return keys.flatMap(({ entry, key }) => {
    const draft = buildDraft(entry, key, file);
    return draft === null ? [] : [{ ...draft, needs: [...(needs.get(key) ?? [])] }];
  });
}

function formatKey({ name, version, address }: RequirementEntry): string {
  return `${name ?? ''} ${version ?? address?.commit ?? ''}`;
}

function buildDraft(entry: RequirementEntry, key: string, file: string): Draft | null {
  const { name, address } = entry;
  const version = entry.version ?? address?.commit ?? null;
  if (name === null || version === null || !isVersionText(version)) return null;
  const hashes = entry.hashes.length > 0 ? entry.hashes : (address?.hashes ?? []);
  const repository = entry.version === null ? (address?.url ?? null) : null;
  return createPythonDraft({
    key,
    name,
    version,
    location: file,
    hashes,
    origin: address === null ? null : dropCredentials(address.url),
    repository: repository?.replace(/^git\+/, '') ?? null,
  });
}

/** What nothing else in the file requires. */
function listDirect(entries: readonly RequirementEntry[]): readonly string[] | null {
  if (entries.every(({ via }) => via.length === 0)) return null;
  return entries
    .filter(({ via }) => via.length === 0 || via.some((note) => findViaName(note) === null))
    .map(formatKey);
}

const PROJECT_FILES = /(?:^|\/)(?:pyproject\.toml|setup\.py|setup\.cfg)$/;

/** A file with all that is required locks the `.in` file that it was made from, and the project. */
function createCheck(
  { file }: RequirementsFile,
  entries: readonly RequirementEntry[],
): CoverageCheck {
  const byName = Map.groupBy(entries, ({ name }) => name ?? '');
  const notes = new Set(entries.flatMap(({ via }) => via));
  return ({ path, requests }) => {
    if (path === file) return [];
    const isSource =
      path === file.replace(/\.txt$/, '.in') ||
      [...notes].some((note) => note.startsWith('-r ') && note.endsWith(takeBaseName(path)));
    // Of a program nobody knows whether the file has what it requires.
    // mutant requirements-lock-a-program by requirements: operand 2 -> true
    const isProject = PROJECT_FILES.test(path) && requests.length > 0;
    if (takeDirectory(path) !== takeDirectory(file) || (!isSource && !isProject)) return null;
    const lacking = requests.find(
      ({ name, spec, kind }) =>
        kind === 'required' &&
        !(byName.get(name) ?? []).some(({ version }) => meetsSpec(version, spec)),
    );
    if (lacking === undefined) return [];
    if (isProject) return null;
    const why = `it lacks ${quoteName(lacking.name)} as ${path} requires it`;
    return [createSkip(file, 'FACT_UNKNOWN', why, 'Compile it again.')];
  };
}
