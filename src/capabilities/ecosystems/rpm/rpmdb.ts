import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readBerkeleyHash } from '../../../formats/berkeley/read-hash.ts';
import { readSqliteTable } from '../../../formats/sqlite/read-table.ts';
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
import { RpmHeader } from './header.ts';
import { readNdb } from './ndb.ts';
import { type RpmPackage, readRpmPackage } from './rpm-package.ts';

/** The last two are where the rpm of Debian keeps its database (`rpm --eval %_dbpath`). */
const PLACE =
  /^(?:(?:var\/lib|usr\/lib\/sysimage|usr\/share|usr\/lib)\/rpm|root\/\.rpmdb|home\/[^/]+\/\.rpmdb)\/(?:Packages(?:\.db)?|rpmdb\.sqlite(?:-wal)?)$/;

const REMEDY = 'Repair the database, then build again: rpm --rebuilddb.';

/** The database of rpm in each of its forms: SQLite, ndb and Berkeley DB. */
export const rpmDatabase: Extractor = {
  name: 'rpm',
  database: true,
  system: true,
  reads: ['root-file-system', 'source-tree'],
  bytesMax: LIMITS.systemDatabaseBytesMax,
  wants: wantFiles({
    names: ['Packages', 'Packages.db', 'rpmdb.sqlite', 'rpmdb.sqlite-wal'],
    where: PLACE,
  }),
  extract,
};

function extract({ path, bytes }: FoundFile): Extraction {
  if (path.endsWith('-wal')) return { drafts: [], skips: listUnwritten(path, bytes) };
  const packages: RpmPackage[] = [];
  const flaws: string[] = [];
  try {
    for (const blob of listHeaders(path, bytes)) {
      const read = readOne(blob, path);
      if (typeof read === 'string') noteFlaw(flaws, read);
      else if (read !== null) packages.push(read);
    }
  } catch (thrown) {
    noteFlaw(flaws, describe(thrown));
  }
  return {
    drafts: resolveNeeds(packages),
    skips: flaws.map((why) => createSkip(path, 'MALFORMED', why, REMEDY)),
    owned: packages.flatMap(({ owned }) => owned),
  };
}

const FLAWS_MAX = 20;

function noteFlaw(flaws: string[], why: string): void {
  if (flaws.length < FLAWS_MAX) flaws.push(why);
}

function readOne(blob: Uint8Array, path: string): RpmPackage | string | null {
  try {
    return readRpmPackage(new RpmHeader(blob), path);
  } catch (thrown) {
    return describe(thrown);
  }
}

function describe(thrown: unknown): string {
  if (thrown instanceof Failure) return thrown.message;
  throw thrown;
}

/** The first bytes show the form; what has none of them is read as its name says. */
function* listHeaders(path: string, bytes: Uint8Array): Generator<Uint8Array> {
  if (bytes.length === 0) return;
  const head = Buffer.from(bytes.subarray(0, 4)).toString('latin1');
  const name = takeBaseName(path);
  if (isBerkeley(bytes) || (name === 'Packages' && head !== 'SQLi' && head !== 'RpmP'))
    yield* listBerkeley(bytes);
  else if (head === 'RpmP' || (name === 'Packages.db' && head !== 'SQLi')) yield* readNdb(bytes);
  else yield* listRows(bytes);
}

function isBerkeley(bytes: Uint8Array): boolean {
  const magic = Buffer.from(bytes.subarray(12, 16)).toString('hex');
  return magic === '61150600' || magic === '00061561';
}

function* listRows(bytes: Uint8Array): Generator<Uint8Array> {
  for (const row of readSqliteTable(bytes, 'Packages')) {
    const blob = row[1];
    if (!(blob instanceof Uint8Array))
      throw new Failure('MALFORMED', 'a row of it has no header', REMEDY);
    yield blob;
  }
}

/** Package number 0 is no package but the highest number. */
function* listBerkeley(bytes: Uint8Array): Generator<Uint8Array> {
  for (const { key, value } of readBerkeleyHash(bytes))
    if (key.some((byte) => byte !== 0)) yield value;
}

/** SQLite writes changes beside the database first; what is still there may be missing in it. */
function listUnwritten(path: string, bytes: Uint8Array): readonly Skip[] {
  // mutant rpm-database-with-a-write-ahead-log by rpmdb: condition -> true
  if (bytes.length === 0) return [];
  const why = 'it holds changes of the package database that may not be in it yet';
  return [createSkip(path, 'UNSUPPORTED', why, 'Run rpm --rebuilddb, then build again.')];
}

/** A crafted database could make every package provide what every package needs. */
const PROVIDERS_MAX = 16;

function resolveNeeds(packages: readonly RpmPackage[]): readonly Draft[] {
  const providers = new Map<string, string[]>();
  const offer = (name: string, key: string): void => {
    const keys = providers.get(name);
    if (keys === undefined) providers.set(name, [key]);
    else if (keys.length < PROVIDERS_MAX) keys.push(key);
  };
  for (const { draft, provides, programs } of packages)
    for (const name of new Set([draft.name, ...provides, ...programs])) offer(name, draft.key);
  return packages.map(({ draft, requires }) => {
    const keys = requires.flatMap((name) => providers.get(name) ?? []);
    return { ...draft, needs: [...new Set(keys)].filter((key) => key !== draft.key) };
  });
}
