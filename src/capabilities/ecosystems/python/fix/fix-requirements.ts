import { orThrow } from '../../../../core/result.ts';
import { trimEndCharacters } from '../../../../formats/text/cut.ts';
import type { TextEdit } from '../../../../formats/text/edits.ts';
import type { FileText } from '../../fix.ts';
import { readRequirements } from '../requirements/requirements-file.ts';
import { quote } from './upgrade-commands.ts';

interface RequirementFix {
  readonly edits: readonly TextEdit[];
  /** What renews the hashes: nothing is fetched here. */
  readonly commands: readonly string[];
}

/**
 * Another version in a line that fixes one. The hashes are those of the old archives: they are
 * dropped, and pip refuses the file until they are written again. Null where the line fixes none.
 */
export function planRequirement(
  file: string,
  { text, bytes }: FileText,
  { line, version }: { readonly line: number; readonly version: string },
): RequirementFix | null {
  const entry = orThrow(readRequirements(file, bytes)).entries.find((one) => one.line === line);
  if (entry === undefined || entry.version === null || entry.address !== null) return null;
  const start = findLine(text, entry.line);
  const end = findLineEnd(text, findLine(text, entry.lastLine));
  const written = text.slice(start, end);
  const [pin, operator = ''] = /(={2,3}\s*)[^\s,;\\)]+/.exec(written) ?? [];
  if (pin === undefined) return null;
  const at = start + written.indexOf(pin) + operator.length;
  const edits: TextEdit[] = [{ start: at, end: at + pin.length - operator.length, text: version }];
  // mutant fix-keeps-the-hashes-of-the-old-version by fix-python: condition -> false
  if (entry.hashes.length > 0) {
    const first = written.indexOf('--hash');
    const before = trimEndCharacters(written.slice(0, first), ' \t\r\n\\');
    const rest = dropHashes(written.slice(first));
    edits.push({ start: start + before.length, end, text: rest });
  }
  const command = `uv pip compile --generate-hashes ${quote(file)} --output-file ${quote(file)}`;
  return { edits, commands: entry.hashes.length > 0 ? [command] : [] };
}

/** What follows the hashes in a line, such as a comment. */
function dropHashes(text: string): string {
  const rest = text
    .replace(/--hash[=\s]\s*\S+/g, '')
    .split(/[\s\\]+/)
    .filter((word) => word !== '');
  return rest.length === 0 ? '' : `  ${rest.join(' ')}`;
}

function findLine(text: string, line: number): number {
  let from = 0;
  for (let at = 1; at < line; at++) from = text.indexOf('\n', from) + 1;
  return from;
}

function findLineEnd(text: string, from: number): number {
  const found = text.indexOf('\n', from);
  const end = found === -1 ? text.length : found;
  return text[end - 1] === '\r' ? end - 1 : end;
}
