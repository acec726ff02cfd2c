import { ok, type Result } from '../../../../core/result.ts';
import { decodeUtf8 } from '../../../../formats/json/parse.ts';
import { readIni } from '../manifest/setup-files.ts';

/** What a `pip.conf` (or `pip.ini`) sets; the environment and other files may override it. */
export interface PipConf {
  readonly index: string | null;
  readonly extra: readonly string[];
  readonly lines: readonly { readonly url: string; readonly line: number }[];
}

/** `[global]` and the section of `pip install` (pip.pypa.io, "Configuration"). */
export function parsePipConf(bytes: Uint8Array): Result<PipConf> {
  const text = decodeUtf8(bytes);
  if (!text.ok) return text;
  let index: string | null = null;
  const extra: string[] = [];
  const places: { url: string; line: number }[] = [];
  for (const { section, key, lines } of readIni(text.value)) {
    if (section !== 'global' && section !== 'install') continue;
    const option = key.replaceAll('_', '-');
    if (option !== 'index-url' && option !== 'extra-index-url') continue;
    for (const { text: value, line } of lines)
      for (const url of value.split(/\s+/)) {
        places.push({ url, line });
        if (option === 'index-url') index = url;
        else extra.push(url);
      }
  }
  return ok({ index, extra, lines: places });
}
