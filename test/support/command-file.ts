import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { root } from '../../tools/process.ts';

/**
 * Passes the folder of `shared-folder.ts` to the workers. The name does not begin with `WAYBILL_`,
 * because a command warns of an unknown variable of that form.
 */
export const SHARED_FOLDER = 'TESTS_SHARED_FOLDER';

/**
 * `bin/waybill.js` of this checkout. In a test run it is that of a bundle, which the first test
 * makes: the tests start hundreds of commands, and each would load five hundred modules from the
 * sources. `checkout.test.ts` proves that the sources load directly.
 */
export function commandFile(): string {
  const shared = process.env[SHARED_FOLDER];
  return join(shared === undefined ? root : bundledCommand(shared), 'bin/waybill.js');
}

/** The folder of the threads, in the bundle that the commands of tests run. */
export function bundledThreads(): URL {
  return new URL('../dist/entrypoints/server/', pathToFileURL(commandFile()));
}

/** Where the commands of the tests store compiled code, so that only the first one compiles it. */
export function compiledFolder(): string {
  const shared = process.env[SHARED_FOLDER];
  return shared === undefined ? join(root, '.cache/compiled') : join(shared, 'compiled');
}

function bundledCommand(shared: string): string {
  const folder = join(shared, 'command');
  if (existsSync(folder)) return folder;
  const made = mkdtempSync(join(shared, 'bundling-'));
  const script = join(import.meta.dirname, 'bundle-command.ts');
  const { status, stderr } = spawnSync(process.execPath, [script, made], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`the command line cannot be bundled: ${stderr}`);
  chmodSync(made, 0o755); // some tests run commands as another user
  try {
    renameSync(made, folder);
  } catch (thrown) {
    if (!existsSync(folder)) throw thrown;
    rmSync(made, { recursive: true }); // another worker was first
  }
  return folder;
}
