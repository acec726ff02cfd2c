import { orThrow } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { isThere } from './is-there.ts';

/** An import that was cut off after its reading is completed before the log or index is asked. */
export async function completeImport(config: Config): Promise<void> {
  // One look for a file: a command that has nothing to complete loads nothing.
  if (!isThere(`${config.advisories}.pending-log`)) return;
  const { completeImport: complete } = await import('../../adapters/advisories/index.ts');
  const { createImportLog } = await import('./advisory-log.ts');
  orThrow(await complete(config.advisories, () => createImportLog(config)));
}
