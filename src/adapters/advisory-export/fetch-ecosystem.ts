import { closeSync, openSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import {
  formatExportPath,
  type ModifiedId,
  parseModifiedIds,
  WITHDRAWN_FOLDER,
} from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';
import { type Instant, parseInstant } from '../../core/instant.ts';
import { isJsonObject } from '../../core/json.ts';
import { LIMITS } from '../../core/limits.ts';
import { encodePercent } from '../../core/percent.ts';
import { orThrow } from '../../core/result.ts';
import { decodeUtf8, parseJson } from '../../formats/json/parse.ts';
import { createZipBudget, streamZipDirectory } from '../../formats/zip/zip.ts';
import { openByteSource } from '../../system/files/byte-source.ts';
import { toFileFailure } from '../../system/files/errno.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { writeAll } from '../../system/files/write-file.ts';
import { downloadFile, removePart } from './download.ts';
import type { ExportSession, Validators } from './export-session.ts';
import type { EcosystemState, ExportFolder } from './update-state.ts';

/** What an export has of an ecosystem and the index has not. */
export interface FetchedEcosystem {
  readonly ecosystem: string;
  /** `whole`: the archive; `changes`: single records; `nothing`: the index has all of it. */
  readonly how: 'whole' | 'changes' | 'nothing';
  /** Files to import: the archive, and records beside it. */
  readonly paths: readonly string[];
  /** Records that the export lists; null where the list did not change. */
  readonly listed: number | null;
  /** What was read over the network. */
  readonly bytes: number;
  /** When the server last changed its list, as it says. */
  readonly listedAt: string | null;
  /** The newest record that is listed, not in the future. */
  readonly newest: Instant | null;
  readonly list: Validators;
  /** Removes the files. */
  readonly remove: () => Promise<void>;
}

export interface FetchCall {
  readonly now: Instant;
  readonly signal: AbortSignal;
  readonly onProgress: (bytes: number, total: number | null) => void;
}

const NOTHING: Validators = { etag: null, lastModified: null };

/**
 * Reads what is new of one ecosystem: nothing where its list of records is still the known one; the
 * changed records one by one where they are few; else the whole archive. `known` is null where the
 * index has nothing of it. Fails where the export has not what its list names: half of it would
 * look like all of it.
 */
export async function fetchEcosystem(
  session: ExportSession,
  folder: ExportFolder,
  ecosystem: string,
  known: EcosystemState | null,
  call: FetchCall,
): Promise<FetchedEcosystem> {
  const { signal, now } = call;
  const place = join(folder.path, encodePercent(ecosystem));
  const paths = { archive: join(place, 'all.zip'), changes: join(place, 'changed.ndjson') };
  const remove = async (): Promise<void> => {
    await removePart(paths.archive);
    await rm(paths.changes, { force: true });
  };
  const read = await session.read(
    formatExportPath(ecosystem, 'modified_id.csv'),
    known?.list ?? null,
    { bytesMax: LIMITS.advisoryListBytesMax, signal },
  );
  const common = { ecosystem, remove };
  if (read === null)
    return {
      ...{ ...common, how: 'nothing', paths: [], listed: null, bytes: 0, newest: null },
      ...{ list: known?.list ?? NOTHING, listedAt: known?.list?.lastModified ?? null },
    };
  const ids = orThrow(parseModifiedIds(orThrow(decodeUtf8(read.bytes))));
  const list = { etag: read.etag, lastModified: read.lastModified };
  const newest = findNewest(ids, now);
  const found = { ...common, listed: ids.length, list, listedAt: read.lastModified, newest };
  const changed = known === null ? null : ids.filter(({ modified }) => modified > known.until);
  // mutant empty-export-is-clean by update-advisories: condition -> false
  if (ids.length === 0 && ecosystem !== WITHDRAWN_FOLDER)
    throw new Failure(
      'REGISTRY_MISBEHAVED',
      `the list of ${ecosystem} is empty, and nothing would be known to be vulnerable`,
      'Ask the operator of the mirror.',
    );
  if (changed?.length === 0 || ids.length === 0)
    return { ...found, how: 'nothing', paths: [], bytes: read.bytes.length };
  makeFolders(place, 0o700);
  const fetching = { session, ecosystem, call };
  if (changed !== null && changed.length <= LIMITS.advisoryChangesMax) {
    const bytes = await fetchRecords(fetching, changed, paths.changes);
    return { ...found, how: 'changes', paths: [paths.changes], bytes: read.bytes.length + bytes };
  }
  const archive = await downloadFile(
    session,
    formatExportPath(ecosystem, 'all.zip'),
    paths.archive,
    { signal, bytesMax: LIMITS.advisoryDownloadBytesMax, onProgress: call.onProgress },
  );
  const missing = await findMissing(paths.archive, ids, ecosystem);
  const more = missing.length === 0 ? 0 : await fetchRecords(fetching, missing, paths.changes);
  const files = missing.length === 0 ? [paths.archive] : [paths.archive, paths.changes];
  const bytes = read.bytes.length + archive.bytes + more;
  return { ...found, how: 'whole', paths: files, bytes };
}

function findNewest(ids: readonly ModifiedId[], now: Instant): Instant | null {
  return ids.reduce<Instant | null>(
    (newest, { modified }) =>
      modified <= now && (newest === null || modified > newest) ? modified : newest,
    null,
  );
}

/**
 * Records that are listed and are not in the archive: one that was made a little later may have
 * them already. An archive that lacks many is not that of the list.
 */
async function findMissing(
  path: string,
  ids: readonly ModifiedId[],
  ecosystem: string,
): Promise<readonly ModifiedId[]> {
  const names = await readNames(path);
  const missing = ids.filter(({ id }) => !names.has(`${id}.json`));
  // mutant archive-that-lacks-what-is-listed by update-advisories: condition -> false
  if (missing.length <= LIMITS.advisoryChangesMax) return missing;
  await removePart(path);
  throw new Failure(
    'REGISTRY_MISBEHAVED',
    `all.zip of ${ecosystem} lacks ${missing.length} of the ${ids.length} records that its list has`,
    'Ask the operator of the mirror to copy both together.',
  );
}

/** A damaged archive is removed: its next download begins anew. */
async function readNames(path: string): Promise<ReadonlySet<string>> {
  const source = openByteSource(path);
  try {
    const budget = createZipBudget(LIMITS.advisoryFeedBytesMax, LIMITS.advisoryArchiveEntriesMax);
    const names = new Set<string>();
    for (const { name } of streamZipDirectory(source, budget)) names.add(name);
    return names;
  } catch (thrown) {
    await removePart(path);
    throw thrown;
  } finally {
    source.close();
  }
}

interface Fetching {
  readonly session: ExportSession;
  readonly ecosystem: string;
  readonly call: FetchCall;
}

const TOGETHER = 8;

/** Writes the records to a file, one in each line, and gives the bytes that were read. */
async function fetchRecords(
  fetching: Fetching,
  ids: readonly ModifiedId[],
  path: string,
): Promise<number> {
  const file = openForLines(path);
  let bytes = 0;
  try {
    for (let at = 0; at < ids.length; at += TOGETHER) {
      const some = ids.slice(at, at + TOGETHER);
      for (const line of await Promise.all(some.map((one) => fetchRecord(fetching, one)))) {
        bytes += line.length;
        writeLine(file, line, path);
      }
      fetching.call.onProgress(bytes, null);
    }
    return bytes;
  } finally {
    closeSync(file);
  }
}

function openForLines(path: string): number {
  try {
    return openSync(path, 'w', 0o600);
  } catch (thrown) {
    throw toFileFailure(path, thrown, 'write');
  }
}

function writeLine(file: number, line: Uint8Array, path: string): void {
  try {
    writeAll(file, line);
    writeAll(file, Buffer.from('\n'));
  } catch (thrown) {
    throw toFileFailure(path, thrown, 'write');
  }
}

/** One record in one line. It must be the listed one: an older one would hide a change. */
async function fetchRecord(
  { session, ecosystem, call: { signal } }: Fetching,
  { id, modified }: ModifiedId,
): Promise<Uint8Array> {
  const read = await session.read(formatExportPath(ecosystem, { record: id }), null, {
    bytesMax: LIMITS.advisoryBytesMax,
    signal,
  });
  const value = orThrow(parseJson(read?.bytes ?? '', { bytesMax: LIMITS.advisoryBytesMax }));
  const stated = isJsonObject(value) ? value['modified'] : undefined;
  const isNamed = isJsonObject(value) && value['id'] === id;
  const at = typeof stated === 'string' ? parseInstant(stated) : null;
  // mutant older-record-than-is-listed by update-advisories: operand 2 -> false
  const isDated = modified === 0 || (at?.ok === true && at.value >= modified);
  if (!isNamed || !isDated)
    throw new Failure(
      'REGISTRY_MISBEHAVED',
      `${id} of ${ecosystem} is not the record that the list has: ${
        isNamed ? 'it is older' : 'it has another id'
      }`,
      'Try again later, or ask the operator of the mirror.',
    );
  return Buffer.from(JSON.stringify(value));
}
