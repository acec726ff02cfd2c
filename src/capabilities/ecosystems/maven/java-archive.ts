import { toFailure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import {
  createZipBudget,
  readZipDirectory,
  readZipEntry,
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
import { readManifest, readProperties } from './properties.ts';

const ARCHIVE = /\.(?:jar|war|ear|par)$/i;
const POM = /^META-INF\/maven\/[^/]+\/[^/]+\/pom\.properties$/;
const METADATA_BYTES_MAX = 1024 * 1024;
const PART = /^[A-Za-z0-9_.-]+$/;

/** jar, war, ear and par, nested in one another. */
export const javaArchive: Extractor = {
  name: 'java-archive',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.archiveBytesMax,
  wants: (path) => ARCHIVE.test(path),
  extract: ({ path, bytes }: FoundFile): Extraction => {
    const reading: ArchiveState = { drafts: [], skips: [], budget: createZipBudget() };
    readArchive(reading, path, bytes, 1);
    return reading;
  },
  yieldsToOwner: true,
};

interface ArchiveState {
  readonly drafts: Draft[];
  readonly skips: Skip[];
  readonly budget: ZipBudget;
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
    for (const entry of entries.filter(({ name }) => POM.test(name)))
      readPom(reading, location, bytes, entry);
    const nested = entries.filter(({ name }) => ARCHIVE.test(name));
    if (reading.drafts.length === before) readUnnamed(reading, location, bytes, entries);
    for (const entry of nested)
      readNested(reading, `${location}!/${entry.name}`, bytes, entry, depth);
  } catch (thrown) {
    reading.skips.push(toSkip(location, thrown));
  }
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
    readArchive(
      reading,
      location,
      readZipEntry(bytes, entry, LIMITS.archiveBytesMax, reading.budget),
      depth + 1,
    );
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
): void {
  try {
    const text = readText(bytes, entry, reading.budget);
    const values = readProperties(text);
    const [group, artifact, version] = ['groupId', 'artifactId', 'version'].map(
      (key) => values.get(key) ?? '',
    );
    if (
      group !== undefined &&
      PART.test(group) &&
      artifact !== undefined &&
      PART.test(artifact) &&
      isVersion(version)
    ) {
      reading.drafts.push(createMavenDraft(location, group, artifact, version));
    } else
      reading.skips.push(
        skipUnknownCoordinates(`${location}!/${entry.name}`, 'it does not hold Maven coordinates'),
      );
  } catch (thrown) {
    reading.skips.push(toSkip(`${location}!/${entry.name}`, thrown));
  }
}

/**
 * An archive without pom.properties. One with code of its own is a component with an unknown group:
 * it is named by its manifest or file name, and a Skip says that advisories, which need group and
 * artifact, cannot be matched. One that only contains other archives, or no code, is not a
 * component.
 */
function readUnnamed(
  reading: ArchiveState,
  location: string,
  bytes: Uint8Array,
  entries: readonly ZipEntry[],
): void {
  const holdsArchives = entries.some(({ name }) => ARCHIVE.test(name));
  const isContainer = holdsArchives || /\.(?:war|ear|par)$/i.test(location);
  if (isContainer || !entries.some(({ name }) => name.endsWith('.class'))) return;
  const manifest = readArchiveManifest(bytes, entries, reading.budget);
  const [, stem = '', fileVersion] =
    /^(.*?)(?:-(\d[A-Za-z0-9_.+-]*))?\.[a-z]+$/i.exec(takeBaseName(location)) ?? [];
  const stated = manifest.get('implementation-version') ?? manifest.get('bundle-version');
  const version = [stated, fileVersion].find((text) => isVersion(text));
  if (version !== undefined && PART.test(stem))
    reading.drafts.push(createMavenDraft(location, null, stem, version));
  reading.skips.push(
    skipUnknownCoordinates(location, 'it does not say which Maven group and artifact it is'),
  );
}

function readArchiveManifest(
  bytes: Uint8Array,
  entries: readonly ZipEntry[],
  budget: ZipBudget,
): ReadonlyMap<string, string> {
  const entry = entries.find(({ name }) => name.toUpperCase() === 'META-INF/MANIFEST.MF');
  return entry === undefined ? new Map() : readManifest(readText(bytes, entry, budget));
}

function readText(bytes: Uint8Array, entry: ZipEntry, budget: ZipBudget): string {
  return Buffer.from(readZipEntry(bytes, entry, METADATA_BYTES_MAX, budget)).toString('utf8');
}

/** A version, and not a placeholder that the build did not fill in. */
function isVersion(text: string | undefined): text is string {
  return (
    text !== undefined &&
    text.length <= LIMITS.versionBytesMax &&
    /^[A-Za-z0-9][A-Za-z0-9_.+~-]*$/.test(text)
  );
}

function createMavenDraft(
  location: string,
  group: string | null,
  artifact: string,
  version: string,
): Draft {
  return {
    key: `${location} ${group}:${artifact}:${version}`,
    parts: {
      type: 'maven',
      namespace: group,
      name: artifact,
      version,
      qualifiers: {},
      subpath: null,
    },
    name: group === null ? artifact : `${group}:${artifact}`,
    version,
    licenses: [],
    source: null,
    locations: [location],
    hashes: {},
    origin: null,
    needs: [],
    development: false,
  };
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
