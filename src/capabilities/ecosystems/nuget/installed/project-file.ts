import { LIMITS } from '../../../../core/limits.ts';
import { orThrow } from '../../../../core/result.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type FoundFile,
  NOTHING,
  type PackageRequest,
  takeBaseName,
} from '../../extractor.ts';
import { wantFiles } from '../../wanted-files.ts';
import { type PackageItem, type ProjectFile, readProject } from '../msbuild/read-project.ts';
import { createNugetDraft, isNugetName } from '../nuget-draft.ts';
import { isNugetVersion } from '../version-order.ts';
import { parseRange } from '../version-range.ts';

const PROJECT = /\.(?:cs|fs|vb|sql|vcx|wix|es|nuget)proj$|\.proj$/;
const PROJECT_KINDS = ['cs', 'fs', 'vb', 'sql', 'vcx', 'wix', 'es', 'nuget'];

/** A project of MSBuild, by its name. */
export function isProjectFile(path: string): boolean {
  return PROJECT.test(takeBaseName(path));
}

/** A project, or a file that projects import. */
export const isMsbuildFile = wantFiles(
  {
    endings: [...PROJECT_KINDS.map((kind) => `.${kind}proj`), '.proj'],
    where: (path) => !isWritten(path),
  },
  { endings: ['.props', '.targets'], ignoresCase: true, where: (path) => !isWritten(path) },
);

/** What one file of MSBuild says; what it means is known with the others (`combine`). */
export class ProjectPart {
  readonly project: ProjectFile;

  constructor(project: ProjectFile) {
    this.project = project;
  }
}

/** Files of MSBuild, which ask for packages in ranges. */
export const projectFile: Extractor = {
  name: 'msbuild',
  database: false,
  reads: ['source-tree'],
  bytesMax: LIMITS.dependencyFileBytesMax,
  wants: isMsbuildFile,
  extract: ({ path, bytes }: FoundFile): Extraction => {
    const read = readProject(path, bytes);
    if (!read.ok && isOtherFile(path, bytes)) return NOTHING;
    const project = orThrow(read);
    const drafts = listSdks(project);
    const document = new ProjectPart(project);
    const direct = drafts.map(({ key }) => key);
    if (!isProjectFile(path)) return { drafts, skips: [], document, direct };
    const requests = project.items.filter(isRequest).map(toRequest);
    const isOpen = requests.length > 0;
    const uncovered = isOpen ? createSkip(path, 'FACT_UNKNOWN', UNLOCKED, LOCK_IT) : null;
    const declares = { path, name: null, requests, uncovered };
    return { drafts, skips: [], document, direct, declares };
  },
};

const UNLOCKED = 'it asks for packages, and no lock names what these need';
const LOCK_IT = 'Set RestorePackagesWithLockFile, restore, and commit packages.lock.json.';

/** `.props` and `.targets` are no word of MSBuild alone; without a package in it, none matters. */
export function isOtherFile(path: string, bytes: Uint8Array): boolean {
  const isNamed = isProjectFile(path) || /(?:^|\/)Directory\.[^/]+$/.test(path);
  return !isNamed && !Buffer.from(bytes).includes('Package');
}

/** A restore writes them, with what the packages bring; Paket asks for what its lock has. */
function isWritten(path: string): boolean {
  return /(?:^|\/)obj\/|\.nuget\.g\.(?:props|targets)$|(?:^|\/)Paket\.Restore\.targets$/.test(path);
}

function isRequest({ kind, action, name }: PackageItem): boolean {
  return kind === 'reference' && action === 'include' && !/[$@%]\(/.test(name);
}

function toRequest({ name, version, override, conditional }: PackageItem): PackageRequest {
  const spec = override ?? version ?? '';
  return { name, spec, kind: conditional ? 'optional' : 'required' };
}

/** Packages that MSBuild itself takes targets from, where the version is written with the name. */
function listSdks({ file, sdks, items }: ProjectFile): readonly Draft[] {
  const downloads = items.flatMap(({ kind, name, version }) => {
    const range = kind === 'download' ? parseRange(version ?? '') : null;
    return range?.kind === 'exact' ? [{ name, version: range.lowest }] : [];
  });
  return [...sdks, ...downloads].flatMap(({ name, version }) =>
    version !== null && isNugetName(name) && isNugetVersion(version)
      ? [createNugetDraft({ name, version, location: file, development: true })]
      : [],
  );
}
