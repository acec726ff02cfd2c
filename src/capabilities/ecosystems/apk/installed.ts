import { LIMITS } from '../../../core/limits.ts';
import {
  createSkip,
  type Draft,
  type Extraction,
  type Extractor,
  type FoundFile,
  type OwnedFiles,
  type PackageMaker,
} from '../extractor.ts';
import { readSystemLicence } from '../system-licence.ts';
import { createSystemDraft, OwnedFileList, readHost } from '../system-package.ts';
import { wantFiles } from '../wanted-files.ts';
import { apkScheme } from './version-order.ts';

const PLACE = /^(?:usr\/)?lib\/apk\/db\/installed$/;

/** Names that apk-tools itself accepts (apk-package(5)). */
const NAME = /^[A-Za-z0-9][A-Za-z0-9+._-]{0,254}$/;

/** The database of installed packages of Alpine, Wolfi and Chainguard (apk-tools). */
export const apkInstalled: Extractor = {
  name: 'apk',
  database: true,
  system: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.fileBytesMax,
  wants: wantFiles({ names: ['apk/db/installed'], where: PLACE }),
  extract,
};

/** One package: the fields before its first folder, by letter, and its files. */
interface Entry {
  readonly fields: ReadonlyMap<string, string>;
  readonly files: readonly ApkFile[];
}

interface ApkFile {
  readonly path: string;
  /** As the database writes it: `Q1` and a SHA-1 in base64. */
  digest: string | null;
}

function extract({ path, bytes }: FoundFile): Extraction {
  const drafts: Draft[] = [];
  const wanted: string[] = [];
  const offered = new Map<string, string[]>();
  const owned: OwnedFiles[] = [];
  const flaws: string[] = [];
  for (const entry of readEntries(Buffer.from(bytes).toString('utf8'), flaws)) {
    const draft = readPackage(path, entry.fields);
    if (typeof draft === 'string') {
      noteFlaw(flaws, `package ${quote(entry.fields.get('P') ?? '')}: ${draft}`);
      continue;
    }
    drafts.push(draft);
    wanted.push(entry.fields.get('D') ?? '');
    for (const name of [draft.name, ...listNames(entry.fields.get('p') ?? '')])
      offered.set(name, [...(offered.get(name) ?? []), draft.key].slice(0, PROVIDERS_MAX));
    owned.push(...listFiles(draft.key, entry.files));
  }
  const skips = flaws.map((why) =>
    createSkip(path, 'MALFORMED', why, 'Repair the package database: apk fix.'),
  );
  const needs = wanted.map((field) => listNames(field).flatMap((name) => offered.get(name) ?? []));
  return {
    drafts: drafts.map((draft, at) => ({
      ...draft,
      needs: [...new Set(needs[at])].filter((key) => key !== draft.key),
    })),
    skips,
    owned,
  };
}

const FLAWS_MAX = 20;
/** A crafted database could make every package provide what every package needs. */
const PROVIDERS_MAX = 16;

function noteFlaw(flaws: string[], why: string): void {
  if (flaws.length < FLAWS_MAX) flaws.push(why);
}

const quote = (text: string): string => JSON.stringify(text.slice(0, 100));

/** Lines of a letter, a colon and a value; an empty line ends a package. */
function* readEntries(text: string, flaws: string[]): Generator<Entry> {
  let fields = new Map<string, string>();
  let files: ApkFile[] = [];
  let folder: string | null = null;
  for (const line of text.split('\n')) {
    if (line === '') {
      if (fields.size > 0) yield { fields, files };
      fields = new Map();
      files = [];
      folder = null;
      continue;
    }
    const letter = line.charAt(0);
    const value = line.slice(2);
    if (line.charAt(1) !== ':') noteFlaw(flaws, `the line ${quote(line)} is no field`);
    else if (letter === 'F') folder = value;
    else if (letter === 'R' && folder !== null)
      files.push({ path: folder === '' ? value : `${folder}/${value}`, digest: null });
    else if (letter === 'Z') {
      const file = files.at(-1);
      if (file !== undefined) file.digest = value;
    } else if (folder === null && !fields.has(letter)) fields.set(letter, value);
  }
  // mutant last-apk-package-without-an-empty-line by apk: remove
  if (fields.size > 0) yield { fields, files };
}

/** A draft, or what is wrong with the entry. */
function readPackage(path: string, fields: Entry['fields']): Draft | string {
  const name = fields.get('P') ?? '';
  const version = fields.get('V') ?? '';
  if (!NAME.test(name)) return 'it has no usable name';
  if (!/^[!-~]+$/.test(version) || apkScheme.compare(version, version) === null)
    return 'it has no usable version';
  const arch = /^[a-z0-9_-]{1,40}$/.exec(fields.get('A') ?? '')?.[0] ?? null;
  const origin = fields.get('o') ?? '';
  const digest = readDigest(fields.get('C') ?? '');
  return {
    ...createSystemDraft({ type: 'apk', name, version, arch, location: path }),
    licenses: readSystemLicence(fields.get('L') ?? '', 'apk'),
    source: { name: NAME.test(origin) ? origin : name, version },
    hashes: digest === null ? {} : { sha1: digest },
    maker: readMaker(fields.get('m') ?? ''),
  };
}

/** Hosts of the addresses of those who build the packages of these distributions. */
const OWN_HOSTS = /(?:^|[.])(?:alpinelinux\.org|wolfi\.dev|chainguard\.dev)$/;

/** Many maintainers of Alpine write an address of their own, so another host says nothing. */
function readMaker(maintainer: string): PackageMaker {
  return OWN_HOSTS.test(readHost(maintainer)) ? 'distribution' : 'unstated';
}

/** `so:libc.musl-x86_64.so.1=1 busybox>=1.2 !conflict` → the names, without conflicts. */
function listNames(field: string): readonly string[] {
  return field
    .split(' ')
    .map((word) => /^[^<>=~!][^<>=~]*/.exec(word)?.[0] ?? '')
    .filter((name) => name !== '');
}

/** Configuration is there to be changed: apk keeps what an administrator made of it. */
const CONFIGURATION = /^etc\//;

function listFiles(key: string, files: readonly ApkFile[]): readonly OwnedFiles[] {
  const list = new OwnedFileList(key);
  for (const { path, digest } of files) {
    const hex = digest === null || CONFIGURATION.test(path) ? null : readDigest(digest);
    list.add(path, hex === null ? null : { form: 'sha1sums', hex });
  }
  return list.list();
}

/** `Q1` is a SHA-1 in base64; other digests are cut short and prove nothing here. */
function readDigest(text: string): string | null {
  const [, base64] = /^Q1([A-Za-z0-9+/]{27}=)$/.exec(text) ?? [];
  return base64 === undefined ? null : Buffer.from(base64, 'base64').toString('hex');
}
