import { Failure, toFailure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { PartReader } from '../../../formats/program/part-reading.ts';
import {
  createZipBudget,
  readZipDirectory,
  readZipEntry,
  streamZipDirectory,
  type ZipBudget,
  type ZipEntry,
} from '../../../formats/zip/zip.ts';
import type { Skip } from '../component.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type FoundFile,
  takeBaseName,
} from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { createDigester, identifyArchive, isInnerSbom, listInnerSbom } from './archive-evidence.ts';
import { findArchiveLicences } from './archive-licence.ts';
import {
  type ArchiveName,
  chooseVersion,
  isNamedAfter,
  isVersion,
  parseArchiveName,
} from './archive-name.ts';
import { hasZipEnd, hasZipStart, mayStartItself } from './archive-start.ts';
import { createMavenDraft, PART, pickCoordinates } from './coordinates.ts';
import type { MavenCoordinates } from './pom/coordinates.ts';
import { readPom as readPomFile } from './pom/read-pom.ts';
import { readManifest, readProperties } from './properties.ts';

/** Suffixes of Java alone: such a file must be a zip archive. */
const JAVA = /\.(?:jar|war|ear|par|hpi|jpi|jmod|lpkg)$/i;
/** Suffixes that other formats have too. */
const ARCHIVES =
  'jar war ear par hpi jpi jmod lpkg nar kar rar sar aar mar esa wab eba cba nbm har car zip'.split(
    ' ',
  );
const hasArchiveName = wantFiles({
  endings: ARCHIVES.map((suffix) => `.${suffix}`),
  ignoresCase: true,
});
const POM = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const POM_XML = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.xml$/;
const METADATA_BYTES_MAX = 1024 * 1024;

/** Java archives of all suffixes, and of none, nested in one another. */
export const javaArchive: Extractor = {
  name: 'java-archive',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.archiveBytesMax,
  wants: hasArchiveName,
  // mutant archive-behind-a-script by archive-name: operand 2 -> false
  recognises: (head, size) => hasZipStart(head) || mayStartItself(head, size),
  isWorthReading: async (path, size, read) => JAVA.test(path) || mayHoldJava(size, read),
  extract: ({ path, bytes }: FoundFile): Extraction => {
    const budget = createZipBudget();
    const reading: ArchiveState = { drafts: [], skips: [], budget, listed: new Map() };
    if (JAVA.test(path) || hasZipStart(bytes) || hasZipEnd(bytes))
      readArchive(reading, path, bytes, 1);
    return { drafts: reading.drafts, skips: reading.skips };
  },
  yieldsToOwner: true,
};

/** The directory of nearly every archive is within so many last bytes. */
const TAIL_BYTES = 1024 * 1024;

/**
 * Whether an archive of any kind holds something of Java, by its directory alone: most of those
 * with another suffix are documents, sources or models. True where that cannot be decided.
 */
async function mayHoldJava(size: number, read: PartReader): Promise<boolean> {
  const from = Math.max(0, size - TAIL_BYTES);
  const tail = await read({ offset: from, length: size - from });
  const readAt = (offset: number, length: number): Uint8Array => {
    if (offset < from) throw new Failure('LIMIT_EXCEEDED', 'not read', 'Read it whole.');
    return tail.subarray(offset - from, offset - from + length);
  };
  try {
    // mutant archive-with-java-alone by archive-name: condition -> name.endsWith('.class')
    for (const { name } of streamZipDirectory({ size, readAt }, createZipBudget()))
      if (name.endsWith('.class') || MANIFEST.test(name) || POM.test(name) || isArchive(name))
        return true;
    return false;
  } catch {
    return true;
  }
}

const MANIFEST = /^META-INF\/MANIFEST\.MF$/i;

/** Whether an entry of an archive is one too, as far as its name says. */
function isArchive(name: string): boolean {
  return hasArchiveName(name) || findRealName(name) !== name;
}

/** What somebody put aside keeps its name in front: `x-1.0.jar.bak`, `x-1.0.jar~`, `x.jar.1`. */
const ASIDE = /\.(?:jar|war|ear|par|hpi|jpi|lpkg|nar|kar|sar|aar)(?=[.~_-])/i;

/** The name up to its own suffix. */
function findRealName(location: string): string {
  const base = takeBaseName(location);
  const found = ASIDE.exec(base);
  if (found === null) return location;
  return location.slice(0, location.length - base.length + found.index + found[0].length);
}

interface ArchiveState {
  readonly drafts: Draft[];
  readonly skips: Skip[];
  readonly budget: ZipBudget;
  /** What SBOMs in the archives around say of those in them, by digest. */
  readonly listed: Map<string, MavenCoordinates>;
}

function readArchive(
  reading: ArchiveState,
  location: string,
  bytes: Uint8Array,
  depth: number,
): void {
  try {
    const entries = readZipDirectory(bytes, reading.budget);
    const before = reading.drafts.length;
    const poms = entries
      .filter(({ name }) => POM.test(name))
      .flatMap((entry) => readPom(reading, location, bytes, entry) ?? []);
    poms.push(...readBarePoms(reading, location, bytes, entries));
    const name = parseArchiveName(findRealName(location));
    for (const entry of entries.filter((one) => isInnerSbom(one.name)))
      for (const [digest, of] of listInnerSbom(
        readZipEntry(bytes, entry, LIMITS.fileBytesMax, reading.budget),
      ))
        reading.listed.set(digest, of);
    if (!isIdentified(name, poms)) readUnnamed(reading, location, bytes, { entries, name });
    addLicenses(reading, before, bytes, entries);
    for (const entry of entries.filter(({ name: nested }) => isArchive(nested)))
      readNested(reading, `${location}!/${entry.name}`, bytes, entry, depth);
  } catch (thrown) {
    reading.skips.push(toSkip(location, thrown));
  }
}

/**
 * Whether one of the coordinates is those of the archive itself; others belong to what was packed
 * into it. The only ones in an archive that somebody renamed, without a version, are its own.
 */
function isIdentified(name: ArchiveName, poms: readonly MavenCoordinates[]): boolean {
  if (poms.length === 1 && name.version === null) return true;
  // mutant archive-with-the-coordinates-of-another by archive-name: value -> poms.length > 0
  return poms.some((pom) => isNamedAfter(name, pom));
}

function readNested(
  reading: ArchiveState,
  location: string,
  bytes: Uint8Array,
  entry: ZipEntry,
  depth: number,
): void {
  if (depth >= LIMITS.archiveDepthMax) {
    const why = `archives are nested more than ${LIMITS.archiveDepthMax} deep`;
    reading.skips.push(createSkip(location, 'LIMIT_EXCEEDED', why, 'Nest archives less deeply.'));
    return;
  }
  try {
    const content = readZipEntry(bytes, entry, LIMITS.archiveBytesMax, reading.budget);
    if (JAVA.test(location) || hasZipStart(content))
      readArchive(reading, location, content, depth + 1);
  } catch (thrown) {
    reading.skips.push(toSkip(location, thrown));
  }
}

/** Maven's archiver writes the coordinates of each artifact, also of a shaded one. */
function readPom(
  reading: ArchiveState,
  location: string,
  bytes: Uint8Array,
  entry: ZipEntry,
): MavenCoordinates | null {
  try {
    const text = readText(bytes, entry, reading.budget);
    const values = readProperties(text);
    const stated = pickCoordinates(values);
    if (stated !== null) {
      const { group, artifact } = stated;
      const named = { group, artifact, version: addRuntime(location, artifact, stated.version) };
      reading.drafts.push(createMavenDraft(location, group, artifact, named.version));
      return named;
    }
    reading.skips.push(
      skipUnknownCoordinates(`${location}!/${entry.name}`, 'it does not hold Maven coordinates'),
    );
  } catch (thrown) {
    reading.skips.push(toSkip(`${location}!/${entry.name}`, thrown));
  }
  return null;
}

/**
 * The driver of SQL Server is published once for each Java: 12.10.0.jre11 and 12.10.0.jre8 both say
 * 12.10.0 of themselves, and only the name of the file says which one it is.
 */
function addRuntime(location: string, artifact: string, version: string): string {
  const { stem, version: named } = parseArchiveName(findRealName(location));
  const isBuild = named?.startsWith(`${version}.jre`) === true && /\.jre\d{1,2}$/.test(named);
  return stem === artifact && isBuild ? named : version;
}

/** A pom without pom.properties beside it counts where it says its coordinates itself. */
function readBarePoms(
  reading: ArchiveState,
  location: string,
  bytes: Uint8Array,
  entries: readonly ZipEntry[],
): readonly MavenCoordinates[] {
  const names = new Set(entries.map(({ name }) => name));
  const bare = entries.filter(
    ({ name, size }) =>
      POM_XML.test(name) &&
      size <= METADATA_BYTES_MAX &&
      !names.has(name.replace(/xml$/, 'properties')),
  );
  return bare.flatMap((entry) => {
    const content = readZipEntry(bytes, entry, METADATA_BYTES_MAX, reading.budget);
    const pom = readPomFile(entry.name, content);
    if (!pom.ok) return [];
    const { parent, artifact } = pom.value;
    const group = pom.value.group ?? parent?.group ?? '';
    const version = pom.value.version ?? parent?.version;
    if (!PART.test(group) || !PART.test(artifact) || !isVersion(version)) return [];
    reading.drafts.push(createMavenDraft(location, group, artifact, version));
    return [{ group, artifact, version }];
  });
}

/**
 * An archive without coordinates of its own. One with code, or a jar with the name of an artifact,
 * is a component with an unknown group: it is named by its file name or manifest, and a Skip says
 * that advisories, which need group and artifact, cannot be matched. One that only contains other
 * archives, data or the classes of an application is not a component.
 */
function readUnnamed(
  reading: ArchiveState,
  location: string,
  bytes: Uint8Array,
  { entries, name }: { readonly entries: readonly ZipEntry[]; readonly name: ArchiveName },
): void {
  const holdsClasses = holdsCode(entries, name);
  if (!holdsClasses && !isBareArtifact(name)) return;
  const manifest = readArchiveManifest(bytes, entries, reading.budget);
  const found = identifyArchive({
    ...{ location, name, manifest, listed: reading.listed },
    holdsClasses: entries.some(isClass),
    holdsFolder: (folder) => entries.some((entry) => entry.name.startsWith(folder)),
    digest: createDigester(bytes),
  });
  if (found !== null) {
    const { group, artifact, version } = found;
    reading.drafts.push(createMavenDraft(location, group, artifact, version));
    return;
  }
  const version = chooseVersion(name, manifest);
  if (version !== null && PART.test(name.stem))
    reading.drafts.push(createMavenDraft(location, null, name.stem, version));
  reading.skips.push(
    skipUnknownCoordinates(location, 'it does not say which Maven group and artifact it is'),
  );
}

/** A class of its own, and not only the name of a module. */
function isClass({ name }: ZipEntry): boolean {
  return (
    name.endsWith('.class') && !name.startsWith('META-INF/') && !name.endsWith('module-info.class')
  );
}

/**
 * Manifest and licence file are about the archive itself: about the one package in it, or the one
 * that it is called after. Each package may have a pom of its own.
 */
function addLicenses(
  reading: ArchiveState,
  before: number,
  bytes: Uint8Array,
  entries: readonly ZipEntry[],
): void {
  const found = reading.drafts.slice(before);
  if (found.length === 0) return;
  const name = parseArchiveName(findRealName(found[0]?.locations[0] ?? ''));
  const manifest = readArchiveManifest(bytes, entries, reading.budget);
  const readEntry = (entry: ZipEntry): Uint8Array =>
    readZipEntry(bytes, entry, METADATA_BYTES_MAX, reading.budget);
  for (const [at, draft] of found.entries()) {
    const { namespace: group, name: artifact } = draft.parts;
    const { version } = draft;
    const isOwn = found.length === 1 || isNamedAfter(name, { artifact, version });
    const pom = entries.find((one) => one.name === `META-INF/maven/${group}/${artifact}/pom.xml`);
    const read = pom === undefined ? null : readPomFile(pom.name, readEntry(pom));
    const file = isOwn ? entries.find((one) => LICENCE.test(one.name)) : undefined;
    const licenses = findArchiveLicences({
      group,
      version,
      manifest: isOwn ? manifest : new Map(),
      declared: read?.ok === true ? read.value.licences : [],
      text: () => (file === undefined ? null : Buffer.from(readEntry(file)).toString('utf8')),
    });
    reading.drafts[before + at] = { ...draft, licenses };
  }
}

const LICENCE = /^(?:META-INF\/)?LICENSE(?:\.(?:txt|md))?$/i;

/** Where the classes of an application are, which is no package but what was built. */
const APPLICATION = /^(?:WEB|BOOT)-INF\/classes\//;

/** Containers of web and enterprise applications load no classes from their root. */
const APPLICATION_SUFFIX = /^(?:war|ear|hpi|jpi)$/;

function holdsCode(entries: readonly ZipEntry[], { suffix }: ArchiveName): boolean {
  return (
    !APPLICATION_SUFFIX.test(suffix) &&
    entries.some(({ name }) => name.endsWith('.class') && !APPLICATION.test(name))
  );
}

/** A jar that only depends on others, such as a starter; but neither sources nor documents. */
function isBareArtifact({ suffix, version }: ArchiveName): boolean {
  return suffix === 'jar' && version !== null && !/-(?:sources|javadoc)$/i.test(version);
}

function readArchiveManifest(
  bytes: Uint8Array,
  entries: readonly ZipEntry[],
  budget: ZipBudget,
): ReadonlyMap<string, string> {
  const entry = entries.find(({ name }) => MANIFEST.test(name));
  return entry === undefined ? new Map() : readManifest(readText(bytes, entry, budget));
}

function readText(bytes: Uint8Array, entry: ZipEntry, budget: ZipBudget): string {
  return Buffer.from(readZipEntry(bytes, entry, METADATA_BYTES_MAX, budget)).toString('utf8');
}

function skipUnknownCoordinates(location: string, why: string): Skip {
  return createSkip(
    location,
    'FACT_UNKNOWN',
    why,
    'Build it with Maven metadata (META-INF/maven).',
  );
}

function toSkip(location: string, thrown: unknown): Skip {
  const { code, message, remedy } = toFailure(thrown);
  return createSkip(location, code, message, remedy, thrown);
}
