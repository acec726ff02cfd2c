import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readSqliteRows } from '../../../formats/sqlite/read-table.ts';
import { type Extraction, type Extractor, NOTHING } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';

/**
 * Which paths of the store refer to which, as the database of Nix registered them: tables
 * `ValidPaths` (id, path, …) and `Refs` (referrer, reference) of nix/src/libstore/schema.sql. What
 * is in the store is known without it, so a database that cannot be read hides no package.
 */
export class StoreReferences {
  /** Without the first slash; a path may refer to itself. */
  readonly byPath: ReadonlyMap<string, readonly string[]>;

  constructor(byPath: ReadonlyMap<string, readonly string[]>) {
    this.byPath = byPath;
  }
}

/** SQLite keeps the last changes in the second file until a process writes them back. */
export const nixDatabase: Extractor = {
  name: 'nix-database',
  database: false,
  reads: ['root-file-system'],
  bytesMax: LIMITS.systemDatabaseBytesMax,
  wants: wantFiles({
    names: ['db.sqlite', 'db.sqlite-wal'],
    where: /^nix\/var\/nix\/db\/db\.sqlite(?:-wal)?$/,
  }),
  extract: ({ path, bytes }): Extraction => {
    if (path.endsWith('-wal')) return bytes.length === 0 ? NOTHING : noteGap(path, NOT_WRITTEN);
    try {
      return { ...NOTHING, document: new StoreReferences(readReferences(bytes)) };
    } catch (thrown) {
      // mutant nix-database-that-cannot-be-read by nix: condition -> true
      if (!(thrown instanceof Failure)) throw thrown;
      return noteGap(path, thrown.message);
    }
  },
};

const NOT_WRITTEN = 'it holds changes of the database that may not be in it yet';

function noteGap(path: string, why: string): Extraction {
  const notes = [`what needs what in the store of Nix is not wholly known: ${path}: ${why}`];
  return { ...NOTHING, notes };
}

function readReferences(bytes: Uint8Array): ReadonlyMap<string, readonly string[]> {
  const paths = new Map<number, string>();
  for (const row of readSqliteRows(bytes, 'ValidPaths')) {
    const path = row.column('path');
    if (typeof path === 'string' && path.startsWith('/nix/store/'))
      paths.set(row.number, path.slice(1));
  }
  const references = new Map<string, string[]>();
  for (const row of readSqliteRows(bytes, 'Refs')) {
    const [referrer, reference] = [row.column('referrer'), row.column('reference')];
    const from = typeof referrer === 'number' ? paths.get(referrer) : undefined;
    const to = typeof reference === 'number' ? paths.get(reference) : undefined;
    if (from === undefined || to === undefined) continue;
    const known = references.get(from);
    if (known === undefined) references.set(from, [to]);
    else known.push(to);
  }
  return references;
}
