import { numberField, textField } from './tar-header.ts';

/**
 * What an entry's header says beside name, kind, link and size: `mode`, `uid`, `gid`, `user`, `group`, `mtime`,
 * `device`, and every extended record under its own name. Texts, to be compared and shown: a number that cannot be read
 * stands as it was written.
 */
export type TarMetadata = ReadonlyMap<string, string>;

/** Extended records that a field of the header or the entry itself already tells. */
const TOLD = new Set(['path', 'linkpath', 'size']);
const RENAMED: Readonly<Record<string, string>> = { uname: 'user', gname: 'group' };

/** Extended records come before the header (POSIX.1-2001 pax, "pax Extended Header"); an empty one changes nothing. */
export function readMetadata(block: Buffer, records: ReadonlyMap<string, string>): TarMetadata {
  const metadata = new Map<string, string>([
    ['mode', numberText(block, 100, 8, 8).padStart(4, '0')],
    ['uid', numberText(block, 108, 8)],
    ['gid', numberText(block, 116, 8)],
    ['user', textField(block, 265, 32)],
    ['group', textField(block, 297, 32)],
    ['mtime', numberText(block, 136, 12)],
    ['device', `${numberText(block, 329, 8)},${numberText(block, 337, 8)}`],
  ]);
  for (const [key, value] of records) if (value !== '' && !TOLD.has(key)) metadata.set(RENAMED[key] ?? key, value);
  return metadata;
}

function numberText(block: Buffer, at: number, length: number, radix: 8 | 10 = 10): string {
  try {
    return numberField(block, at, length).toString(radix);
  } catch {
    return JSON.stringify(block.toString('latin1', at, at + length));
  }
}
