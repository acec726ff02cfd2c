import { OSV_EXPORT, SUPPORTED_SYSTEMS } from '../../capabilities/advisories/index.ts';
import type { Failure } from '../../core/failure.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { importSupport, openStandingAdvisories, type SupportImport } from './advisories.ts';
import { type BesideUpdateCall, updateBeside } from './update-beside.ts';

export interface SupportUpdate {
  readonly support: readonly SupportImport[];
  readonly failed: readonly { readonly target: string; readonly failure: Failure }[];
}

/** Where endoflife.date publishes how long products are supported, by product. */
const PUBLISHED = new URL('https://endoflife.date/api/v1/products/');

/**
 * Brings what is known of the support of systems to what endoflife.date has, or a mirror has of it
 * (`endoflife/debian.json`). Only systems are asked for whose advisories are updated. One that
 * fails does not end the others; a mirror without these files is none that fails.
 */
export async function updateSupport(
  config: Config,
  call: BesideUpdateCall,
  ecosystems: readonly string[],
): Promise<SupportUpdate> {
  const isPublic = call.base.href === OSV_EXPORT;
  const held = await listHeld(config);
  const needed = new Set(ecosystems);
  const support: SupportImport[] = [];
  const failed: { target: string; failure: Failure }[] = [];
  for (const { product, os, ecosystem } of SUPPORTED_SYSTEMS) {
    if (ecosystem === null || !needed.has(ecosystem)) continue;
    const file = {
      base: isPublic ? PUBLISHED : call.base,
      name: isPublic ? `${product}/` : `endoflife/${product}.json`,
      ...{ bytesMax: LIMITS.supportFileBytesMax, isThere: held.has(os) },
    };
    const take = (path: string) => importSupport(config, path, os);
    const one = await attempt(() => updateBeside(call, file, take));
    if (call.signal.aborted) break;
    if (one.ok) support.push(...(one.value === null ? [] : [one.value]));
    else if (isPublic || one.failure.code !== 'NOT_FOUND')
      failed.push({ target: `support of ${os}`, failure: one.failure });
  }
  return { support, failed };
}

async function listHeld(config: Config): Promise<ReadonlySet<string>> {
  const { index, close } = await openStandingAdvisories(config);
  close();
  return new Set((index.support ?? []).map(({ os }) => os));
}
