import { type ProcessResult, run } from '../../tools/process.ts';
import { commandFile } from './command-file.ts';
import type { CommandLine } from './command-line.ts';

/**
 * Runs a script of bash in which `waybill` is the command line of this checkout, with the home and
 * folder of `line`.
 *
 * @example await shell(line, 'waybill sbom . | head -1')
 */
export function shell(
  line: CommandLine,
  script: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ProcessResult> {
  const words = [process.execPath, commandFile()].map(
    (word) => `'${word.replaceAll("'", "'\\''")}'`,
  );
  const waybill = `waybill() { ${words.join(' ')} "$@"; }`;
  return run('bash', ['-c', `set -o pipefail\n${waybill}\n${script}`], {
    cwd: line.folder,
    env: { ...line.env(), ...env },
    timeoutMs: 120_000,
  });
}
