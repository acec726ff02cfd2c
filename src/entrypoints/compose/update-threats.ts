import { OSV_EXPORT, type ThreatData } from '../../capabilities/advisories/index.ts';
import type { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { importThreats, openStandingAdvisories, type ThreatImport } from './advisories.ts';
import { type BesideUpdateCall, updateBeside } from './update-beside.ts';

export interface ThreatUpdate {
  readonly threats: readonly ThreatImport[];
  readonly failed: readonly { readonly target: string; readonly failure: Failure }[];
}

type Kind = ThreatData['kind'];

/** Where each source is published, and the name that its file has on a mirror. */
const PUBLISHED: readonly { readonly kind: Kind; readonly address: string }[] = [
  {
    kind: 'kev',
    address: 'https://www.cisa.gov/sites/default/files/feeds/known_exploited_vulnerabilities.json',
  },
  { kind: 'epss', address: 'https://epss.empiricalsecurity.com/epss_scores-current.csv.gz' },
];

/**
 * Brings what is beside the index to what its publishers have, or to what a mirror has of it. One
 * that fails does not end the other; a mirror without these files is none that fails.
 */
export async function updateThreats(config: Config, call: BesideUpdateCall): Promise<ThreatUpdate> {
  const isPublic = call.base.href === OSV_EXPORT;
  const held = await listHeld(config);
  const threats: ThreatImport[] = [];
  const failed: { target: string; failure: Failure }[] = [];
  for (const { kind, address } of PUBLISHED) {
    const url = new URL(address);
    const name = url.pathname.split('/').at(-1) ?? '';
    const file = {
      ...{ name, base: isPublic ? new URL('.', url) : call.base, isThere: held.has(kind) },
      bytesMax: LIMITS.threatFileBytesMax,
    };
    const take = (path: string) => importThreats(config, path, toInstant(Date.now()), kind);
    const one = await attempt(() => updateBeside(call, file, take));
    if (call.signal.aborted) break;
    if (one.ok) threats.push(...(one.value === null ? [] : [one.value]));
    else if (isPublic || one.failure.code !== 'NOT_FOUND')
      failed.push({ target: name, failure: one.failure });
  }
  return { threats, failed };
}

async function listHeld(config: Config): Promise<ReadonlySet<Kind>> {
  const { index, close } = await openStandingAdvisories(config);
  close();
  return new Set(index.threats?.sources.map(({ kind }) => kind));
}
