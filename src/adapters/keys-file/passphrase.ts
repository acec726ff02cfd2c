import { resolve } from 'node:path';
import { readPassphrase } from '../../capabilities/signing/index.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { readRegularFile } from '../../system/files/read-file.ts';
import type { SecretQuestion } from '../../system/terminal/ask-secret.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

const FILE_BYTES_MAX = 64 * 1024;

/** `use` is what it is for; a new passphrase is asked twice. */
export type PassphraseFinder = (use: 'open' | 'encrypt') => Promise<Result<string | null>>;

/**
 * Of the file that `WAYBILL_KEY_PASSPHRASE_FILE` names, of the other variable, or as it is typed on
 * the terminal.
 */
export function findPassphrase(env: Variables, ask: SecretQuestion): PassphraseFinder {
  return async (use) => {
    if (env['WAYBILL_KEY_PASSPHRASE_FILE']) return readPassphraseFile(env);
    const given = readPassphrase(env['WAYBILL_KEY_PASSPHRASE'] ?? '');
    if (given !== null) return ok(given);
    const typed = readPassphrase((await ask('Passphrase of the key: ')) ?? '');
    if (typed === null || use === 'open') return ok(typed);
    // mutant passphrase-that-was-mistyped by keys-file: condition -> true
    if ((await ask('The same again: ')) === typed) return ok(typed);
    return fail('USAGE', 'the two passphrases differ', 'Run it again.');
  };
}

async function readPassphraseFile(env: Variables): Promise<Result<string | null>> {
  const file = env['WAYBILL_KEY_PASSPHRASE_FILE'] ?? '';
  const bytes = await readRegularFile(resolve(file), FILE_BYTES_MAX);
  return bytes.ok ? ok(readPassphrase(Buffer.from(bytes.value).toString('utf8'))) : bytes;
}
