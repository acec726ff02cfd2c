import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SHARED_FOLDER } from './command-file.ts';

/**
 * Before a run of the tests: makes a folder that all workers share. They inherit the environment.
 */
export function setup(): void {
  process.env[SHARED_FOLDER] = mkdtempSync(join(tmpdir(), 'waybill-tests-'));
}

/** After the run. */
export function teardown(): void {
  const folder = process.env[SHARED_FOLDER];
  delete process.env[SHARED_FOLDER];
  if (folder !== undefined) rmSync(folder, { recursive: true, force: true });
}
