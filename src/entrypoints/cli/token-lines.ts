import { join, resolve } from 'node:path';
import { Failure } from '../../core/failure.ts';
import { orThrow } from '../../core/result.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import { readFileBounded } from '../../system/files/read-file.ts';
import { writeWhole } from '../../system/files/write-file.ts';
import { isThere } from '../compose/is-there.ts';
import { TOKEN_FILE_BYTES_MAX } from '../server/token-file.ts';
import { parseTokens, type ServerToken } from '../server/tokens.ts';
import { type ConfigOptions, loadCallConfig } from './call-config.ts';
import type { Call } from './command.ts';

type TokenCall = Call<ConfigOptions & { readonly tokenFile?: string | undefined }>;

/** The file of tokens as it is: its lines are kept, comments too. */
export interface TokenLines {
  readonly path: string;
  readonly lines: readonly string[];
  readonly tokens: readonly ServerToken[];
}

export async function readTokenLines(call: TokenCall): Promise<TokenLines> {
  const config = await loadCallConfig(call);
  const { tokenFile } = call.options;
  const path =
    tokenFile === undefined ? join(config.home, 'tokens') : resolve(call.io.cwd, tokenFile);
  if (tokenFile === undefined) makeFolders(config.home, 0o700);
  if (!isThere(path)) return { path, lines: [], tokens: [] };
  const bytes = await readFileBounded(path, TOKEN_FILE_BYTES_MAX);
  const text = Buffer.from(bytes).toString('utf8');
  const lines = text.split('\n').filter((line, at, all) => line !== '' || at < all.length - 1);
  const isEmpty = lines.every((line) => line.trim() === '' || line.trimStart().startsWith('#'));
  return { path, lines, tokens: isEmpty ? [] : orThrow(parseTokens(text)) };
}

/** Readable only by its owner. */
export function writeTokenLines(path: string, lines: readonly string[]): void {
  writeWhole(path, Buffer.from(lines.map((line) => `${line}\n`).join('')), 0o600, {
    exactMode: true,
  });
}

/** The line of this token. Throws NOT_FOUND. */
export function findTokenLine({ lines, path }: TokenLines, name: string): string {
  const found = lines.find((line) => {
    const tokens = parseTokens(line);
    return tokens.ok && tokens.value[0]?.name === name;
  });
  if (found !== undefined) return found;
  throw new Failure(
    'NOT_FOUND',
    `${path} has no token ${JSON.stringify(name.slice(0, 100))}`,
    'See: waybill token list.',
  );
}
