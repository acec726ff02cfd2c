import { Failure } from '../../../core/failure.ts';
import { LIMITS } from '../../../core/limits.ts';
import { readSqliteRows } from '../../../formats/sqlite/read-table.ts';
import type { Skip } from '../component.ts';
import { createSkip, type Draft, type Extraction, type Extractor } from '../extractor.ts';
import { wantFiles } from '../wanted-files.ts';
import { createWingetDraft, isVersionText, isWingetId } from './winget-draft.ts';

const REMEDY = 'Take the inventory when winget does not run, or attach what winget export writes.';

/**
 * What winget installed for a user, as its catalogue of each source records it: tables of ids and
 * versions, and `manifest` with a row for each program (winget-cli, index schema 1).
 */
export const wingetInstalled: Extractor = {
  name: 'winget-installed',
  database: true,
  reads: ['root-file-system'],
  bytesMax: LIMITS.systemDatabaseBytesMax,
  wants: wantFiles({
    names: ['installed.db', 'installed.db-wal'],
    ignoresCase: true,
    where:
      /(?:^|\/)Microsoft\.DesktopAppInstaller_8wekyb3d8bbwe\/LocalState\/[^/]{1,200}\/installed\.db(?:-wal)?$/i,
  }),
  extract: ({ path, bytes }): Extraction => {
    if (path.toLowerCase().endsWith('-wal'))
      return { drafts: [], skips: listUnwritten(path, bytes) };
    const drafts: Draft[] = [];
    const skips: Skip[] = [];
    try {
      // mutant winget-program-without-an-id by winget: condition -> true
      for (const { id, version } of listInstalled(bytes))
        if (isWingetId(id) && isVersionText(version))
          drafts.push(createWingetDraft({ id, version, location: path }));
        else if (skips.length < FLAWS_MAX)
          skips.push(createSkip(path, 'MALFORMED', 'a row of it names no package', REMEDY));
    } catch (thrown) {
      if (!(thrown instanceof Failure)) throw thrown;
      skips.push(createSkip(path, 'MALFORMED', thrown.message, REMEDY));
    }
    return { drafts, skips };
  },
};

const FLAWS_MAX = 20;

function listUnwritten(path: string, bytes: Uint8Array): readonly Skip[] {
  // mutant winget-list-with-a-write-ahead-log by winget: condition -> true
  if (bytes.length === 0) return [];
  const why = 'it holds changes of the list of programs that may not be in it yet';
  return [createSkip(path, 'UNSUPPORTED', why, REMEDY)];
}

function* listInstalled(bytes: Uint8Array) {
  const ids = readTexts(bytes, 'ids', 'id');
  const versions = readTexts(bytes, 'versions', 'version');
  for (const row of readSqliteRows(bytes, 'manifest')) {
    const [id, version] = [row.column('id'), row.column('version')];
    yield {
      id: typeof id === 'number' ? ids.get(id) : undefined,
      version: typeof version === 'number' ? versions.get(version) : undefined,
    };
  }
}

/** A table of one text for each number. */
function readTexts(bytes: Uint8Array, table: string, column: string): ReadonlyMap<number, string> {
  const texts = new Map<number, string>();
  for (const row of readSqliteRows(bytes, table)) {
    const text = row.column(column);
    if (typeof text === 'string') texts.set(row.number, text);
  }
  return texts;
}
