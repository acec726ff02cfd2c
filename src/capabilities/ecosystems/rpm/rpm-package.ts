import { Failure } from '../../../core/failure.ts';
import { parseSourceRpm } from '../../../core/package-purl.ts';
import type { Draft, FileAlgorithm, OwnedFiles } from '../extractor.ts';
import { readSystemLicence } from '../system-licence.ts';
import { createSystemDraft, OwnedFileList } from '../system-package.ts';
import { type RpmHeader, TAGS } from './header.ts';
import { rpmScheme } from './version-order.ts';

/** A package with what it needs and offers, by the names that rpm compares. */
export interface RpmPackage {
  readonly draft: Draft;
  readonly requires: readonly string[];
  readonly provides: readonly string[];
  readonly owned: readonly OwnedFiles[];
  /** Paths of its programs, which others require by name: `/usr/bin/perl`. */
  readonly programs: readonly string[];
}

const NAME = /^[A-Za-z0-9_][A-Za-z0-9._+-]{0,254}$/;
const PART = /^[!-~]{1,500}$/;

/** What a package says of itself; a missing member is a null. */
export interface RpmIdentity {
  readonly name: string;
  readonly version: string;
  readonly release: string;
  readonly epoch: number;
  readonly arch: string | null;
  readonly sourceRpm: string | null;
  readonly vendor: string | null;
  readonly licence: string;
  /** `nodejs:18:8080020230920152311:63b34585` (modularity). */
  readonly module: string | null;
  readonly md5: Uint8Array | null;
}

/** Keys for verification, which rpm keeps in its database like packages. */
const KEY_NAME = 'gpg-pubkey';

/** Null for a key that is no package. Throws a Failure for a header that is none of a package. */
export function readRpmPackage(header: RpmHeader, location: string): RpmPackage | null {
  const identity: RpmIdentity = {
    name: header.readText(TAGS.name) ?? '',
    version: header.readText(TAGS.version) ?? '',
    release: header.readText(TAGS.release) ?? '',
    epoch: header.readNumbers(TAGS.epoch)[0] ?? 0,
    arch: header.readText(TAGS.arch),
    sourceRpm: header.readText(TAGS.sourceRpm),
    vendor: header.readText(TAGS.vendor),
    licence: header.readText(TAGS.licence) ?? '',
    module: header.readText(TAGS.modularityLabel),
    md5: header.readBytes(TAGS.packageMd5),
  };
  if (identity.name === KEY_NAME) return null;
  const draft = createRpmDraft(identity, location);
  return {
    draft,
    requires: header.readTexts(TAGS.requires),
    provides: header.readTexts(TAGS.provides),
    ...listFiles(draft.key, header),
  };
}

/** Throws a Failure where name or version are missing. */
export function createRpmDraft(identity: RpmIdentity, location: string): Draft {
  const { name, version, release, epoch, module, vendor } = identity;
  const build = release === '' ? version : `${version}-${release}`;
  const whole = epoch === 0 ? build : `${epoch}:${build}`;
  if (!NAME.test(name)) throw malformed(name, 'it has no usable name');
  if (!PART.test(build) || rpmScheme.compare(whole, whole) === null)
    throw malformed(name, 'it has no usable version');
  const arch = /^[A-Za-z0-9_]{1,40}$/.exec(identity.arch ?? '')?.[0] ?? null;
  const qualifiers = {
    ...(arch === null ? {} : { arch }),
    ...(epoch === 0 ? {} : { epoch: String(epoch) }),
    ...(module !== null && PART.test(module) ? { rpmmod: module } : {}),
  };
  const draft = createSystemDraft({ type: 'rpm', name, version: build, arch, location });
  return {
    ...draft,
    key: `${name}-${whole}${arch === null ? '' : `.${arch}`}`,
    parts: { ...draft.parts, qualifiers },
    version: whole,
    licenses: readSystemLicence(identity.licence, 'rpm'),
    source: parseSourceRpm(identity.sourceRpm ?? undefined, { version: build, qualifiers }),
    hashes: identity.md5?.length === 16 ? { md5: Buffer.from(identity.md5).toString('hex') } : {},
    ...(vendor !== null && /^[^\p{Cc}]{1,200}$/u.test(vendor) ? { vendor } : {}),
  };
}

/** Of `rpm -q --qf '%{FILEDIGESTALGO}'`, after RFC 4880 9.4; without it, MD5. */
const ALGORITHMS: ReadonlyMap<number, FileAlgorithm> = new Map([
  [1, 'md5'],
  [2, 'sha1'],
  [8, 'sha256'],
]);

/** The folders of programs that packages require by their paths. */
const PROGRAM = /^(?:usr\/)?s?bin\/[^/]+$/;

const IS_CONFIGURATION = 1;
const IS_GHOST = 64;
const FOLDER_MODE = 0o040000;
const KIND_MODE = 0o170000;

/**
 * Files that the package put there. A ghost is only named by it, and configuration may be changed.
 */
function listFiles(key: string, header: RpmHeader): Pick<RpmPackage, 'owned' | 'programs'> {
  const list = new OwnedFileList(key);
  const programs: string[] = [];
  const modes = header.readNumbers(TAGS.fileModes);
  const flags = header.readNumbers(TAGS.fileFlags);
  const states = header.readNumbers(TAGS.fileStates);
  const digests = header.readTexts(TAGS.fileDigests);
  const algorithm = ALGORITHMS.get(header.readNumbers(TAGS.fileDigestAlgorithm)[0] ?? 1) ?? null;
  for (const [at, path] of listPaths(header).entries()) {
    const flag = flags[at] ?? 0;
    const isFolder = ((modes[at] ?? 0) & KIND_MODE) === FOLDER_MODE;
    if (isFolder || (flag & IS_GHOST) !== 0 || (states[at] ?? 0) !== 0) continue;
    if (PROGRAM.test(path)) programs.push(`/${path}`);
    const hex = digests[at] ?? '';
    const isKept = (flag & IS_CONFIGURATION) !== 0 || algorithm === null || hex === '';
    list.add(path, isKept ? null : { form: `${algorithm}sums`, hex: hex.toLowerCase() });
  }
  return { owned: list.list(), programs };
}

function listPaths(header: RpmHeader): readonly string[] {
  const names = header.readTexts(TAGS.baseNames);
  if (names.length === 0) return header.readTexts(TAGS.oldFileNames).map(trimSlash);
  const folders = header.readTexts(TAGS.folders).map(trimSlash);
  const indexes = header.readNumbers(TAGS.folderIndexes);
  return names.map((name, at) => `${folders[indexes[at] ?? 0] ?? ''}${name}`);
}

const trimSlash = (path: string): string => (path.startsWith('/') ? path.slice(1) : path);

function malformed(name: string, why: string): Failure {
  return new Failure(
    'MALFORMED',
    `package ${JSON.stringify(name.slice(0, 100))}: ${why}`,
    'Repair the database: rpm --rebuilddb.',
  );
}
