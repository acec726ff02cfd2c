import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiledFolder, SHARED_FOLDER } from './command-file.ts';

/**
 * Before a run of the tests: makes a folder that all workers share. They inherit the environment.
 * Only a variable gives a compile cache to the threads that a worker starts.
 */
export function setup(): void {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-tests-'));
  chmodSync(folder, 0o755); // the commands of some tests run as another user
  process.env[SHARED_FOLDER] = folder;
  process.env['NODE_COMPILE_CACHE'] = compiledFolder();
}

/** After the run. */
export function teardown(): void {
  const folder = process.env[SHARED_FOLDER];
  delete process.env[SHARED_FOLDER];
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
