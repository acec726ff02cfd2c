import { LIMITS } from '../../../../core/limits.ts';
import type { ExtractedFile } from '../../ecosystem.ts';
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
import { meetsSpec } from '../manifest/python-manifest.ts';
import { evaluateMarker } from '../marker.ts';
import { createPythonDraft, isVersionText } from '../python-draft.ts';
import { isPythonName, normaliseName, parseRequirement } from '../requirement.ts';
import { type CoreMetadata, readCoreMetadata } from './core-metadata.ts';
import { readInstalledFiles, readRecord } from './record.ts';

/** `x.dist-info/METADATA`, `x.egg-info`, `x.egg-info/PKG-INFO`, `x.egg/EGG-INFO/PKG-INFO`. */
const METADATA = /(?:\.dist-info\/METADATA|\.egg-info(?:\/PKG-INFO)?|\.egg\/EGG-INFO\/PKG-INFO)$/i;
const RECORD = /\.dist-info\/RECORD$/i;
const INSTALLED_FILES = /\.egg-info\/installed-files\.txt$/i;

const PLACES = {
  names: ['METADATA', 'RECORD', 'PKG-INFO', 'installed-files.txt'],
  endings: ['.egg-info'],
  ignoresCase: true,
} as const;

const BASE = {
  database: true,
  bytesMax: LIMITS.fileBytesMax,
  extract,
  yieldsToOwner: true,
  findOwnFolder: findPackageFolder,
} as const;

/** Packages of Python as pip, setuptools and other tools installed them. */
export const pythonPackages: Extractor = {
  ...BASE,
  name: 'python-packages',
  reads: ['root-file-system', 'source-tree'],
  wants: wantFiles({ ...PLACES, where: (path) => isPackageFile(path) && !isProject(path) }),
};

/** Projects that are used where their sources are; in a source tree they are what is built. */
export const pythonProjects: Extractor = {
  ...BASE,
  name: 'python-projects',
  reads: ['root-file-system'],
  wants: wantFiles({ names: ['PKG-INFO'], ignoresCase: true, where: isProject }),
};

function isPackageFile(path: string): boolean {
  return METADATA.test(path) || RECORD.test(path) || INSTALLED_FILES.test(path);
}

function findPackageFolder(path: string): string {
  if (/\.egg-info$/i.test(path)) return path;
  const folder = takeDirectory(path);
  return /\/EGG-INFO$/i.test(folder) ? takeDirectory(folder) : folder;
}

function extract({ path, bytes }: FoundFile): Extraction {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8');
  const folder = takeDirectory(path);
  if (RECORD.test(path)) {
    const of = path.replace(/RECORD$/i, 'METADATA');
    return { ...NOTHING, recorded: { of, files: readRecord(takeDirectory(folder), text) } };
  }
  if (INSTALLED_FILES.test(path))
    return {
      ...NOTHING,
      recorded: { of: `${folder}/PKG-INFO`, files: readInstalledFiles(folder, text) },
    };
  const metadata = readCoreMetadata(text);
  // mutant python-package-without-a-name by python-installed: condition -> false
  if (metadata === null || !isPythonName(metadata.name) || !isVersionText(metadata.version)) {
    const why = 'it has no usable name or version';
    return {
      drafts: [],
      skips: [createSkip(path, 'MALFORMED', why, 'Install the package again.')],
    };
  }
  return describePackage(path, metadata);
}

/** What setuptools leaves beside the sources of a project; an installation is among packages. */
function isProject(path: string): boolean {
  return (
    /\.egg-info\/PKG-INFO$/i.test(path) &&
    !/(?:^|\/)(?:site-packages|dist-packages|python\d[\d.]*|_vendor|_vendored|vendor)\//i.test(
      path,
    ) &&
    !/\.egg\//i.test(path)
  );
}

function describePackage(path: string, { name, version, ...rest }: CoreMetadata): Extraction {
  const draft = createPythonDraft({
    key: path,
    name,
    version,
    location: path,
    licenses: rest.licenses,
  });
  const environment = { pythonVersion: PYTHON_FOLDER.exec(path)?.[1] ?? null };
  const requires = rest.requires.slice(0, REQUIRES_MAX).flatMap((text) => {
    const requirement = parseRequirement(text);
    if (requirement === null) return [];
    const { name: needed, marker } = requirement;
    // mutant requirement-of-another-python by python-installed: condition -> false
    if (marker !== null && evaluateMarker(marker, environment) === false) return [];
    return [normaliseName(needed)];
  });
  const installs = describeInstalled(path, name, version);
  const document: Needs = { requires: [...new Set(requires)] };
  return { drafts: [draft], skips: [], document, ...(installs === null ? {} : { installs }) };
}

const REQUIRES_MAX = 10_000;
/** The version that packages are installed for. */
const PYTHON_FOLDER = /(?:^|\/)python(3\.\d{1,3})\/(?:site|dist)-packages\//;

/** Names that a package requires, for any extra and on any platform. */
interface Needs {
  readonly requires: readonly string[];
}

/**
 * A virtual environment in a source tree serves the projects in the folder that it is in, and
 * below.
 */
function describeInstalled(path: string, name: string, version: string): InstalledPackage | null {
  const place =
    /^((?:[^/]+\/)*?)[^/]+\/(?:lib(?:64)?\/python[\d.]+|Lib)\/site-packages\/[^/]+\/[^/]+$/.exec(
      path,
    );
  if (place === null) return null;
  return {
    folder: (place[1] ?? '').replace(/\/$/, ''),
    name: normaliseName(name),
    home: takeDirectory(path),
    needs: [],
    locate: (folder, needed) => `${folder === '' ? '' : `${folder}/`}${needed}`,
    meets: ({ spec }) => meetsSpec(version, spec),
  };
}

/**
 * What each package requires is found in the folder that it is in, and else in the one folder of
 * the target that has it: an import path is not recorded.
 */
export function linkInstalled(files: readonly ExtractedFile[]): ReadonlyMap<string, Extraction> {
  const byFolder = new Map<string, Map<string, string>>();
  const all = new Map<string, Set<string>>();
  const packages = files.filter(
    ({ extraction: { drafts, document } }) => drafts.length === 1 && isNeeds(document),
  );
  for (const { path, extraction } of packages) {
    const name = normaliseName(extraction.drafts[0]?.name ?? '');
    const folder = findPlace(path);
    const names = byFolder.get(folder) ?? new Map<string, string>();
    byFolder.set(folder, names.set(name, path));
    all.set(name, (all.get(name) ?? new Set()).add(path));
  }
  const linked = new Map<string, Extraction>();
  for (const { path, extraction } of packages) {
    const { drafts, document } = extraction;
    const beside = byFolder.get(findPlace(path));
    const needs = (isNeeds(document) ? document.requires : []).flatMap((name) => {
      const here = beside?.get(name);
      const others = all.get(name) ?? [];
      return here ?? [...others].slice(0, 1);
    });
    linked.set(path, { ...extraction, drafts: drafts.map((draft) => ({ ...draft, needs })) });
  }
  return linked;
}

/** The folder that packages are installed into side by side. */
function findPlace(path: string): string {
  const folder = findPackageFolder(path);
  return takeDirectory(folder);
}

function isNeeds(part: unknown): part is Needs {
  return typeof part === 'object' && part !== null && 'requires' in part;
}
