import { type Instant, parseInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { encodePercent } from '../../core/percent.ts';
import { fail, ok, type Result } from '../../core/result.ts';

/** The public export of OSV (google.github.io/osv.dev/data). */
export const OSV_EXPORT = 'https://osv-vulnerabilities.storage.googleapis.com/';

/**
 * The files of one ecosystem in an export. A name such as `crates.io` or `GitHub Actions` is a
 * folder as it is, escaped in the URL; the releases of a distribution are in the folder of all.
 */
export type ExportFile = 'all.zip' | 'modified_id.csv' | { readonly record: string };

/** A path below the base of an export, for an ecosystem that `isExportName` accepts. */
export function formatExportPath(ecosystem: string, file: ExportFile): string {
  const name = typeof file === 'string' ? file : `${encodePercent(file.record)}.json`;
  return `${encodePercent(ecosystem)}/${name}`;
}

/**
 * The folder of records that name no package, such as withdrawn ones: a record that is withdrawn
 * may leave the folder of its ecosystem for this one.
 */
export const WITHDRAWN_FOLDER = '[EMPTY]';

const NAME = /^[A-Za-z0-9][A-Za-z0-9 ._+-]{0,99}$/;
const ID = /^[A-Za-z0-9][A-Za-z0-9._:+~-]{0,199}$/;

/** Whether it can be a folder of an export, and nothing else in a URL. */
export function isExportName(ecosystem: string): boolean {
  return ecosystem === WITHDRAWN_FOLDER || NAME.test(ecosystem);
}

/** One line of `modified_id.csv`. */
export interface ModifiedId {
  readonly id: string;
  readonly modified: Instant;
}

/**
 * Reads `modified_id.csv` of one ecosystem: `TIME,ID` in each line, the newest first. Fails with
 * MALFORMED for a line of another form, and with LIMIT_EXCEEDED for too many: half a list would
 * hide records.
 *
 * @example parseModifiedIds('2026-01-02T03:04:05Z,GHSA-1\n')
 */
export function parseModifiedIds(text: string): Result<readonly ModifiedId[]> {
  const ids: ModifiedId[] = [];
  let line = 0;
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    // A list that was cut short ends within its last line.
    // mutant list-of-ids-cut-short by export-layout: condition -> false
    if (end === -1) return malformed('its last line has no end');
    line++;
    const row = text.slice(at, end).replace(/\r$/, '');
    at = end + 1;
    const comma = row.indexOf(',');
    const id = row.slice(comma + 1);
    const modified = parseInstant(row.slice(0, Math.max(0, comma)));
    if (!modified.ok || !ID.test(id)) return malformed(`line ${line} is not TIME,ID`);
    if (ids.length >= LIMITS.advisoryArchiveEntriesMax)
      return fail(
        'LIMIT_EXCEEDED',
        `the list of changed records has more than ${LIMITS.advisoryArchiveEntriesMax} lines`,
        'Ask the operator of the mirror.',
      );
    ids.push({ id, modified: modified.value });
  }
  return ok(ids);
}

/** The names in `ecosystems.txt`, one in each line; what is no name is passed over. */
export function parseEcosystemList(text: string): readonly string[] {
  return text
    .slice(0, LIMITS.configBytesMax)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== WITHDRAWN_FOLDER && isExportName(line));
}

function malformed(why: string): Result<never> {
  return fail(
    'MALFORMED',
    `the list of changed records is damaged: ${why}`,
    'Try again later, or ask the operator of the mirror.',
  );
}
