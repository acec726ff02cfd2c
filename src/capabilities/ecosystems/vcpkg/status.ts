import { LIMITS } from '../../../core/limits.ts';
import { orThrow } from '../../../core/result.ts';
import { decodeUtf8 } from '../../../formats/json/parse.ts';
import type { Skip } from '../component.ts';
import { readStanzas, type Stanza } from '../debian/stanzas.ts';
import {
  createSkip,
  type DocumentFinder,
  type Extraction,
  type Extractor,
  type FoundFile,
  NOTHING,
  takeBaseName,
  takeDirectory,
} from '../extractor.ts';
import { joinPath } from '../locked/locked-package.ts';
import { wantFiles } from '../wanted-files.ts';
import { createPortDraft, isPortName, isPortVersion, type Port } from './port.ts';

const STATUS = /(?:^|\/)vcpkg\/(?:status|status-old|updates\/\d{1,20})$/;
const REMEDY = 'Install the packages again: vcpkg install.';

/**
 * The database of what vcpkg installed. What a run installs is a file of its own below `updates`,
 * until the next run writes it into `status`: an image often has nothing but these.
 */
export const vcpkgStatus: Extractor = {
  name: 'vcpkg',
  database: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles(
    { names: ['vcpkg/status', 'vcpkg/status-old'], where: STATUS },
    { folders: /(?:^|\/)vcpkg\/updates$/, where: STATUS },
  ),
  // vcpkg reads the older one only where the other is missing.
  isShadowed: (path, paths) => {
    const isOld = takeBaseName(path) === 'status-old';
    return isOld && paths.has(joinPath(takeDirectory(path), 'status'));
  },
  extract,
};

/** What a paragraph says about a port, or about one feature of it. */
export interface PortParagraph extends Port {
  readonly triplet: string;
  /** Null for the port itself. */
  readonly feature: string | null;
  readonly isInstalled: boolean;
  /** `NAME:TRIPLET`. */
  readonly needs: readonly string[];
  readonly path: string;
}

/** The paragraphs of one file of the database. */
export class PortParagraphs {
  readonly paragraphs: readonly PortParagraph[];

  constructor(paragraphs: readonly PortParagraph[]) {
    this.paragraphs = paragraphs;
  }
}

function extract({ path, bytes }: FoundFile): Extraction {
  const paragraphs: PortParagraph[] = [];
  const skips: Skip[] = [];
  for (const { fields, strayLines } of readStanzas(orThrow(decodeUtf8(bytes)))) {
    const read = strayLines > 0 ? 'it has lines that are not fields' : readParagraph(path, fields);
    if (typeof read !== 'string') paragraphs.push(read);
    else if (skips.length < SKIPS_MAX) {
      const name = JSON.stringify((fields.get('package') ?? '').slice(0, 100));
      skips.push(createSkip(path, 'MALFORMED', `port ${name}: ${read}`, REMEDY));
    }
  }
  // What the other files of the database say comes with `combinePorts`.
  const drafts = paragraphs
    .filter(({ feature, isInstalled }) => feature === null && isInstalled)
    .map((one) => createPortDraft({ ...one, key: `${one.name}:${one.triplet}`, location: path }));
  return { drafts, skips, document: new PortParagraphs(paragraphs) };
}

const SKIPS_MAX = 20;

/** A text says what is wrong with it. */
function readParagraph(path: string, fields: Stanza): PortParagraph | string {
  const name = fields.get('package');
  const triplet = fields.get('architecture');
  if (!isPortName(name)) return 'it has no usable name';
  if (!isTriplet(triplet)) return 'it has no usable triplet';
  const feature = fields.get('feature') ?? null;
  const state = /^\w{1,20} ok ((?:not-|half-)?installed)$/.exec(fields.get('status') ?? '')?.[1];
  if (state === undefined) return 'it has no status';
  const version = fields.get('version') ?? '';
  const revision = fields.get('port-version') ?? '0';
  const isInstalled = state !== 'not-installed';
  // Only the port itself has a version.
  if (feature === null && isInstalled) {
    if (!isPortVersion(version)) return 'it has no usable version';
    if (!/^\d{1,9}$/.test(revision)) return 'its port version is no number';
  }
  const needs = readNeeds(fields.get('depends') ?? '', triplet);
  const portVersion = Number(revision);
  return { name, triplet, version, portVersion, feature, isInstalled, needs, path };
}

function isTriplet(text: string | undefined): text is string {
  return text !== undefined && /^[a-z0-9][a-z0-9-]{0,199}$/i.test(text);
}

/** `zlib, bzip2[tool]:x64-linux (platform)`: only names and triplets are kept. */
function readNeeds(text: string, triplet: string): readonly string[] {
  return text.split(',').flatMap((written) => {
    const [, name, of] =
      /^\s*([a-z0-9-]{1,200})(?:\[[^\]]{0,999}\])?(?::([a-z0-9-]{1,200}))?/i.exec(written) ?? [];
    return name === undefined ? [] : [`${name}:${of ?? triplet}`];
  });
}

const LIST = /(?:^|\/)vcpkg\/info\/[^/]{1,250}_[^/]{1,250}\.list$/;

/** The files of one port, each on its own line: `x64-linux/lib/libz.a`. */
export const vcpkgFiles: Extractor = {
  name: 'vcpkg-files',
  database: false,
  reads: ['root-file-system'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ endings: ['.list'], where: LIST }),
  extract: ({ path, bytes }) => {
    const lines = orThrow(decodeUtf8(bytes)).split(/\r?\n/).filter(isFile);
    return { ...NOTHING, complete: (find) => recordFiles(path, lines, find) };
  },
};

/** Folders end with a slash. */
function isFile(line: string): boolean {
  return /^[^/]/.test(line) && !line.endsWith('/');
}

/** Only of a port that is installed, as its list is called: `zlib_1.3_x64-linux`. */
function recordFiles(path: string, lines: readonly string[], find: DocumentFinder): Extraction {
  const home = takeDirectory(takeDirectory(path));
  const name = takeBaseName(path).slice(0, -'.list'.length);
  for (const place of listDatabase(home, find)) {
    const paragraphs = find(place, PortParagraphs)?.paragraphs ?? [];
    // mutant files-of-a-port-that-is-not-installed by vcpkg: condition -> false
    if (!paragraphs.some((one) => hasListName(name, one))) continue;
    const root = takeDirectory(home);
    const files = lines.map((line) => ({ path: joinPath(root, line), size: null }));
    return { ...NOTHING, recorded: { of: place, files } };
  }
  return NOTHING;
}

function hasListName(list: string, one: PortParagraph): boolean {
  const { name, version, triplet, feature, isInstalled } = one;
  return isInstalled && feature === null && list === `${name}_${version}_${triplet}`;
}

/** `updates` are numbered from 0 in each run, and all of them go together. */
function* listDatabase(home: string, find: DocumentFinder): Generator<string> {
  for (const name of ['status', 'status-old'])
    if (find(joinPath(home, name), PortParagraphs) !== null) yield joinPath(home, name);
  for (let at = 0; at < UPDATES_MAX; at++) {
    const path = joinPath(home, `updates/${String(at).padStart(10, '0')}`);
    if (find(path, PortParagraphs) === null) return;
    yield path;
  }
}

const UPDATES_MAX = 5_000;
