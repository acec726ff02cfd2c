import { LIMITS } from '../../../core/limits.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type FoundFile,
  takeBaseName,
} from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { findNeededPackages, type Provider } from './depends.ts';
import { readMaker } from './package-maker.ts';
import { readStanzas, type Stanza } from './stanzas.ts';

const STATUS = new Set(['var/lib/dpkg/status', 'usr/lib/dpkg/status']);
const STATUS_FOLDER = /^(?:var|usr)\/lib\/dpkg\/status\.d$/;

/** The names that dpkg itself accepts; policy is stricter. */
const NAME = /^[a-z0-9][a-z0-9+._-]*$/i;

/**
 * The states that dpkg-query(1) -W shows, without `config-files`: such a package has only its
 * configuration left.
 */
const PRESENT = new Set([
  'installed',
  'unpacked',
  'half-installed',
  'half-configured',
  'triggers-awaited',
  'triggers-pending',
]);
const ABSENT = new Set(['not-installed', 'config-files']);

/**
 * dpkg's status file, and the folder with one file per package that distroless images have in its
 * place.
 */
export const dpkgStatus: Extractor = {
  name: 'dpkg',
  database: true,
  system: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles(
    { names: ['status'], where: (path) => STATUS.has(path) },
    { folders: STATUS_FOLDER, where: isStatusPart },
  ),
  extract,
};

/** Each file of status.d has `.md5sums` and maintainer scripts of the same name beside it. */
function isStatusPart(path: string): boolean {
  return !/\.(?:md5sums|preinst|postinst|prerm|postrm|config|templates|triggers|conffiles)$/.test(
    takeBaseName(path),
  );
}

function extract({ path, bytes }: FoundFile): Extraction {
  const drafts: Draft[] = [];
  const flaws: string[] = [];
  const needs: string[] = [];
  const providers: Provider[] = [];
  for (const { fields, strayLines } of readStanzas(Buffer.from(bytes).toString('utf8'))) {
    const read = strayLines > 0 ? 'it has lines that are not fields' : readPackage(path, fields);
    if (typeof read === 'string')
      flaws.push(`package ${JSON.stringify(fields.get('package') ?? '')}: ${read}`);
    else if (read !== null) {
      drafts.push(read);
      needs.push(
        [fields.get('pre-depends'), fields.get('depends')]
          .filter((text) => text !== undefined)
          .join(', '),
      );
      providers.push({ key: read.key, name: read.name, provides: fields.get('provides') ?? '' });
    }
  }
  return {
    drafts: findNeededPackages(providers, needs).map((keys, at) => ({
      ...(drafts[at] as Draft),
      needs: keys,
    })),
    skips: flaws
      .slice(0, 20)
      .map((why) =>
        createSkip(path, 'MALFORMED', why, 'Repair the package database, then build again.'),
      ),
  };
}

/** A draft, null for a package that is not installed, or what is wrong with the stanza. */
function readPackage(path: string, fields: Stanza): Draft | string | null {
  const name = fields.get('package') ?? '';
  const state = readState(path, fields);
  if (state === 'absent') return null;
  if (!NAME.test(name) || name.length > 200) return 'it has no usable name';
  if (state === 'unknown') return 'its status is not one that dpkg writes';
  const version = fields.get('version') ?? '';
  if (!isDebianVersion(version)) return 'it has no usable version';
  const arch = /^[a-z0-9-]{1,40}$/.exec(fields.get('architecture') ?? '')?.[0] ?? null;
  return {
    key: arch === null ? name : `${name}:${arch}`,
    parts: {
      type: 'deb',
      namespace: null,
      name,
      version,
      qualifiers: arch === null ? {} : { arch },
      subpath: null,
    },
    name,
    version,
    licenses: [],
    source: parseSource(fields.get('source'), name, version),
    locations: [path],
    hashes: {},
    origin: null,
    needs: [],
    development: false,
    maker: readMaker(fields),
    ...nameLists(path, name),
  };
}

/**
 * The lists in status.d are called like the file beside them. Distroless images cut that name off:
 * `libssl1` has the package libssl1.1, `base` has base-files.
 */
function nameLists(path: string, name: string): Pick<Draft, 'listName'> {
  const listName = takeBaseName(path);
  return STATUS.has(path) || listName === name ? {} : { listName };
}

/** deb-version(7), loosely: all that can be compared, but no blanks or control characters. */
function isDebianVersion(version: string): boolean {
  return version.length <= LIMITS.versionBytesMax && /^[\x21-\x7e]+$/.test(version);
}

/** `Status: want flag state`. A file of status.d shows by itself that the package is installed. */
function readState(path: string, fields: Stanza): 'present' | 'absent' | 'unknown' {
  const status = fields.get('status');
  if (status === undefined) return STATUS.has(path) ? 'unknown' : 'present';
  const words = status.toLowerCase().split(/\s+/);
  const state = words[2] ?? '';
  if (words.length === 3 && PRESENT.has(state)) return 'present';
  return words.length === 3 && ABSENT.has(state) ? 'absent' : 'unknown';
}

/**
 * `Source: name (version)`; without it, the source package has the name and version of the binary
 * package (deb-control(5)).
 */
function parseSource(
  text: string | undefined,
  name: string,
  version: string,
): { name: string; version: string } {
  const [, source, sourceVersion] =
    /^([^\s()]+)(?:\s*\(([^\s()]+)\))?$/.exec(text?.trim() ?? '') ?? [];
  return { name: source ?? name, version: sourceVersion ?? version };
}
