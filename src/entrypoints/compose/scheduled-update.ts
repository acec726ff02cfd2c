import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { OSV_EXPORT } from '../../capabilities/advisories/index.ts';
import { makeFolders } from '../../system/files/make-folders.ts';
import type { Config, Environment } from '../config/config.ts';
import { findNeededEcosystems } from './needed-ecosystems.ts';
import { isIndexName, pullAdvisories } from './pull-advisories.ts';
import { type UpdateOutcome, updateAdvisories } from './update-advisories.ts';

/** Updates as the configuration says, without anybody who waits or reads along. */
export async function updateAsConfigured(
  config: Config,
  env: Environment,
  signal: AbortSignal,
): Promise<UpdateOutcome> {
  const from = config.updates.from ?? OSV_EXPORT;
  const common = { from, env, signal, onRecords: () => undefined };
  if (isIndexName(from)) return pullConfigured(config, common);
  const context = { cwd: config.home, env, stdin: Readable.from([]), signal };
  const needed = await findNeededEcosystems(
    config,
    { ecosystems: [], targets: [] },
    { ...context, platform: undefined, as: undefined },
  );
  return updateAdvisories(config, needed, {
    ...common,
    ca: config.updates.ca,
    exploitation: config.updates.exploitation,
    support: config.updates.support,
    onProgress: () => undefined,
  });
}

async function pullConfigured(
  config: Config,
  common: Pick<Parameters<typeof pullAdvisories>[1], 'from' | 'env' | 'signal' | 'onRecords'>,
): Promise<UpdateOutcome> {
  makeFolders(config.home, 0o700);
  const spool = mkdtempSync(join(config.home, '.input-'));
  try {
    const call = { ...common, as: config.updates.as, cwd: config.home, spool };
    return await pullAdvisories(config, call);
  } finally {
    rmSync(spool, { recursive: true, force: true });
  }
}
