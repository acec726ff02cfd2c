import { canonicaliseDistro } from './distro.ts';
import { getOwn, setOwn } from './own.ts';
import { type PurlParts, parsePurl, parsePurlPattern } from './purl.ts';
import { ok, type Result } from './result.ts';

/**
 * Package URLs of one package in the one form that every room compares. The purl-spec leaves tools
 * more than one way to write a package; documents, questions, VEX statements and exceptions all
 * come through here.
 */

/**
 * Reads any tool's spelling of a package.
 *
 * @example parsePackagePurl('pkg:maven/a/b@1?type=jar') // the parts of pkg:maven/a/b@1
 */
export function parsePackagePurl(text: string): Result<PurlParts> {
  const parts = parsePurl(text);
  return parts.ok ? ok(canonicalisePackage(parts.value)) : parts;
}

/**
 * The parts that say which package it is. `upstream` and other remarks are left out
 * (`findSourcePackage` reads them), defaults are not written, and versions have one form.
 */
export function canonicalisePackage(given: PurlParts): PurlParts {
  const parts = rename(given);
  return { ...parts, version: writeVersion(parts), qualifiers: keepEssentials(parts) };
}

/**
 * The same for a purl that asks for packages: an epoch of 0 that is written stays, because it
 * excludes every other epoch, where a purl without one means any.
 */
export function parseWantedPackage(text: string): Result<PurlParts> {
  const parts = parsePurlPattern(text);
  return parts.ok ? ok(canonicaliseWanted(parts.value)) : parts;
}

export function canonicaliseWanted(given: PurlParts): PurlParts {
  const parts = canonicalisePackage(given);
  // mutant rpm-epoch-zero-is-any by package-spellings: condition -> false
  if (given.type === 'rpm' && /^0+$/.test(readEpoch(given) ?? ''))
    return { ...parts, qualifiers: { ...parts.qualifiers, epoch: '0' } };
  return parts;
}

/**
 * Whether `wanted` (of `parseWantedPackage`) means `found` (of `parsePackagePurl`). What `wanted`
 * does not say may have any value: a purl without a version means every version, and one without
 * `arch` every architecture. What it says must be so: another or a missing value is a
 * contradiction.
 */
export function matchesPackage(wanted: PurlParts, found: PurlParts): boolean {
  const isVersion = wanted.version === null || wanted.version === found.version;
  // mutant purl-qualifiers-contradict by package-spellings: value -> true
  const agrees = Object.entries(wanted.qualifiers).every(
    ([key, value]) => readQualifier(found, key) === value,
  );
  return isVersion && agrees && isSamePackage(wanted, found);
}

/**
 * Whether a person who writes `asked` means a package: its name, also as its package URL has it
 * (`jinja2` for `Jinja2`), `name@version`, or a package URL as any tool writes it.
 */
export function namesPackage(asked: string, { name, version, purl }: NamedPackage): boolean {
  const isNamed = (own: string): boolean =>
    asked === own || (version !== null && asked === `${own}@${version}`);
  if (isNamed(name)) return true;
  const [wanted, found] = [
    parseWantedPackage(asked),
    purl === null ? null : parsePackagePurl(purl),
  ];
  if (found?.ok !== true) return false;
  const { namespace, name: own } = found.value;
  // mutant last-part-of-a-name by package-purl: value -> isNamed(own)
  const isWhole = namespace === null && isNamed(own);
  return isWhole || (wanted.ok && matchesPackage(wanted.value, found.value));
}

export interface NamedPackage {
  readonly name: string;
  readonly version: string | null;
  readonly purl: string | null;
}

function isSamePackage(wanted: PurlParts, found: PurlParts): boolean {
  if (wanted.type !== found.type) return false;
  // Syft writes a module below its repository with a subpath: github.com/a/b#c is github.com/a/b/c.
  if (wanted.type === 'golang' && formatPath(wanted) === formatPath(found)) return true;
  // mutant package-name-in-another-case by package-spellings: condition -> false
  if (isCaseless(wanted.type)) return lowerPath(wanted) === lowerPath(found);
  return (
    wanted.namespace === found.namespace &&
    wanted.name === found.name &&
    (wanted.subpath === null || wanted.subpath === found.subpath)
  );
}

/**
 * Types whose registries compare names without case. The purl-spec keeps the case that is written,
 * so the purl of one package differs between tools.
 */
const CASELESS: ReadonlySet<string> = new Set(['githubactions', 'nuget', 'swift']);

export function isCaseless(type: string): boolean {
  return CASELESS.has(type);
}

function formatPath({ namespace, name, subpath }: PurlParts): string {
  return [namespace, name, subpath].filter((part) => part !== null).join('/');
}

function lowerPath({ namespace, name }: PurlParts): string {
  return `${namespace ?? ''}/${name}`.toLowerCase();
}

/** A package of RPM without an epoch has the epoch 0 (rpm-version(7)). */
function readQualifier({ type, qualifiers }: PurlParts, key: string): string | undefined {
  return getOwn(qualifiers, key) ?? (type === 'rpm' && key === 'epoch' ? '0' : undefined);
}

/**
 * The names under which a package can be listed: its own, and for a Go module each repository that
 * it may lie in (`github.com/a/b/c` as `github.com/a/b#c`). Without version and qualifiers.
 */
export function listPackageNames(parts: PurlParts): readonly PurlParts[] {
  const bare = { ...parts, version: null, qualifiers: {}, subpath: null };
  if (parts.type !== 'golang') return [bare];
  const segments = formatPath(parts).split('/');
  return segments.map((name, at) => ({
    ...bare,
    namespace: segments.slice(0, at).join('/') || null,
    name,
  }));
}

/** The version as inventories write it, an RPM epoch before it; empty where there is none. */
export function formatPackageVersion({ type, version, qualifiers }: PurlParts): string {
  const epoch = type === 'rpm' ? qualifiers['epoch'] : undefined;
  return version === null || epoch === undefined || epoch === '0'
    ? (version ?? '')
    : `${epoch}:${version}`;
}

/**
 * The source package that a purl of a distribution names: `upstream=openssl@3.0.11` or
 * `upstream=openssl` (Syft), `source=openssl` (SCALIBR), `origin=openssl` (SCALIBR, apk), and for
 * rpm the file of the source package, in `upstream` (Syft) or `sourcerpm` (SCALIBR).
 */
export function findSourcePackage(
  parts: PurlParts,
): { readonly name: string; readonly version: string } | null {
  const { type, version, qualifiers } = parts;
  if (type === 'rpm')
    return parseSourceRpm(qualifiers['upstream'] ?? qualifiers['sourcerpm'], parts);
  if (type !== 'deb' && type !== 'apk' && type !== 'alpine') return null;
  const upstream = qualifiers['upstream'];
  const own = writeVersion(parts) ?? '';
  if (upstream !== undefined) {
    const at = upstream.lastIndexOf('@');
    return at > 0
      ? { name: upstream.slice(0, at), version: upstream.slice(at + 1) || own }
      : { name: upstream, version: own };
  }
  const name = qualifiers[type === 'deb' ? 'source' : 'origin'];
  return name === undefined || version === null
    ? null
    : { name, version: qualifiers['sourceversion'] ?? own };
}

/**
 * `openssl-1.1.1k-5.el8_5.src.rpm`. Such a name has no epoch: where the version is that of the
 * package, so is the epoch. Null for another text.
 */
export function parseSourceRpm(
  file: string | undefined,
  { version, qualifiers }: Pick<PurlParts, 'version' | 'qualifiers'>,
): { readonly name: string; readonly version: string } | null {
  const [, name, build] =
    /^(.+)-([^-]+-[^-]+)\.(?:no)?src\.rpm$/.exec(file?.slice(0, 500) ?? '') ?? [];
  if (name === undefined || build === undefined) return null;
  const own = version?.replace(/^[0-9]+:/, '') ?? '';
  const epoch = readEpoch({ version, qualifiers });
  const hasEpoch = own === build && epoch !== undefined && !/^0*$/.test(epoch);
  return { name, version: hasEpoch ? `${epoch}:${build}` : build };
}

/**
 * Syft before 0.60 wrote a type that the purl-spec does not have. Maven requires a namespace: an
 * archive whose group is unknown is a generic package. CycloneDX's own tool for Go calls the
 * standard library `std`. Names of PyPI are equal after PEP 503.
 */
function rename(parts: PurlParts): PurlParts {
  const { type, namespace, name } = parts;
  if (type === 'alpine') return { ...parts, type: 'apk', namespace: 'alpine' };
  if (type === 'maven' && namespace === null) return { ...parts, type: 'generic' };
  const isGoItself = type === 'golang' && namespace === null && name === 'std';
  return isGoItself ? { ...parts, name: 'stdlib' } : parts;
}

function writeVersion(parts: PurlParts): string | null {
  const { type, version } = parts;
  if (version === null) return null;
  if (type === 'golang') return writeGoVersion(parts, version);
  if (type === 'rpm') return version.replace(/^[0-9]+:/, '');
  return type === 'deb' ? addEpoch(version, parts.qualifiers['epoch']) : version;
}

/** Module versions begin with `v` (go.dev/ref/mod#versions); those of Go itself do not. */
function writeGoVersion({ namespace, name }: PurlParts, version: string): string {
  if (namespace === null && (name === 'stdlib' || name === 'toolchain'))
    return version.replace(/^(?:go|v)(?=[0-9])/, '');
  return /^[0-9]+[.][0-9]+[.][0-9]/.test(version) ? `v${version}` : version;
}

/**
 * Trivy moves a Debian epoch into a qualifier; the purl-spec keeps it in the version. None is 0
 * (Debian Policy 5.6.12).
 */
function addEpoch(version: string, epoch: string | undefined): string {
  const written = version.replace(/^0+:(?=.)/, '');
  if (epoch === undefined || /^0*$/.test(epoch) || written.startsWith(`${epoch}:`)) return written;
  return `${epoch}:${written}`;
}

// Qualifiers by which tools say more about a package, but not which package it is.
const REMARKS = new Set(['upstream', 'package-id', 'distro_name', 'sourcerpm', 'sourceversion']);

function isRemark(type: string, key: string, value: string): boolean {
  // The default type (purl-spec, maven), also of an archive whose group is unknown.
  if (key === 'type' && value === 'jar') return type === 'maven' || type === 'generic';
  // As cyclonedx-gomod writes every module.
  if (key === 'type' && value === 'module') return type === 'golang';
  // SCALIBR says of packages of npm where it thinks that they are from: `source=UNKNOWN`.
  if (type === 'npm' && key === 'source') return true;
  if (type === 'deb') return key === 'epoch' || key === 'source' || REMARKS.has(key);
  return REMARKS.has(key) || (type === 'apk' && key === 'origin');
}

function keepEssentials(parts: PurlParts): Record<string, string> {
  const { type, namespace, qualifiers } = parts;
  const kept: Record<string, string> = {};
  for (const [key, value] of Object.entries(qualifiers)) {
    if (isRemark(type, key, value) || (type === 'rpm' && key === 'epoch')) continue;
    // Trivy's word for what Red Hat and Syft call `rpmmod`: the build of a module (modularity).
    if (type === 'rpm' && key === 'modularitylabel') {
      if (qualifiers['rpmmod'] === undefined) setOwn(kept, 'rpmmod', value);
      continue;
    }
    const isDistro = key === 'distro';
    const codename = qualifiers['distro_name'];
    setOwn(kept, key, isDistro ? canonicaliseDistro(namespace ?? '', value, codename) : value);
  }
  const epoch = type === 'rpm' ? readEpoch(parts) : undefined;
  return epoch === undefined || /^0*$/.test(epoch) ? kept : { ...kept, epoch };
}

/** Of RPM: before the version, or in the qualifier of the purl-spec. */
function readEpoch({
  version,
  qualifiers,
}: Pick<PurlParts, 'version' | 'qualifiers'>): string | undefined {
  return /^([0-9]+):/.exec(version ?? '')?.[1] ?? qualifiers['epoch'];
}
