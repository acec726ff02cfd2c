import { getOwn } from '../../core/own.ts';
import { readNumberField, readTextField } from './tar-header.ts';

/**
 * What an entry's header contains beside name, kind, link and size: `mode`, `uid`, `gid`, `user`,
 * `group`, `mtime`, `device`, and every extended record under its own name. Texts, to be compared
 * and shown: a number that cannot be read is kept as it was written.
 */
export type TarMetadata = ReadonlyMap<string, string>;

/** Extended records whose content is already in a field of the header or in the entry itself. */
const OWN_FIELDS = new Set(['path', 'linkpath', 'size']);
const RENAMED: Readonly<Record<string, string>> = { uname: 'user', gname: 'group' };

/**
 * Extended records come before the header (POSIX.1-2001 pax, "pax Extended Header"); an empty one
 * changes nothing.
 */
export function readMetadata(block: Buffer, records: ReadonlyMap<string, string>): TarMetadata {
  const metadata = new Map<string, string>([
    ['mode', readNumberText(block, 100, 8, 8).padStart(4, '0')],
    ['uid', readNumberText(block, 108, 8)],
    ['gid', readNumberText(block, 116, 8)],
    ['user', readTextField(block, 265, 32)],
    ['group', readTextField(block, 297, 32)],
    ['mtime', readNumberText(block, 136, 12)],
    ['device', `${readNumberText(block, 329, 8)},${readNumberText(block, 337, 8)}`],
  ]);
  for (const [key, value] of records)
    if (value !== '' && !OWN_FIELDS.has(key)) metadata.set(getOwn(RENAMED, key) ?? key, value);
  return metadata;
}

function readNumberText(block: Buffer, at: number, length: number, radix: 8 | 10 = 10): string {
  try {
    return readNumberField(block, at, length).toString(radix);
  } catch {
    return JSON.stringify(block.toString('latin1', at, at + length));
  }
}
