import { OSV_EXPORT, type ThreatData } from '../../capabilities/advisories/index.ts';
import { Failure } from '../../core/failure.ts';
import { toInstant } from '../../core/instant.ts';
import { LIMITS } from '../../core/limits.ts';
import { attempt } from '../../core/result.ts';
import type { Config } from '../config/config.ts';
import { importThreats, openStandingAdvisories, type ThreatImport } from './advisories.ts';

type ExportAdapter = typeof import('../../adapters/advisory-export/index.ts');
type ExportOptions = Parameters<ExportAdapter['openExportSession']>[0];

export interface ThreatUpdateCall {
  /** The export that advisories are read from: a mirror has these files too, or not. */
  readonly base: URL;
  readonly options: Omit<ExportOptions, 'base'>;
  /** The folder of all exports (nameUpdateFolder). */
  readonly root: string;
  readonly signal: AbortSignal;
}

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
export async function updateThreats(config: Config, call: ThreatUpdateCall): Promise<ThreatUpdate> {
  const isPublic = call.base.href === OSV_EXPORT;
  const held = await listHeld(config);
  const threats: ThreatImport[] = [];
  const failed: { target: string; failure: Failure }[] = [];
  for (const { kind, address } of PUBLISHED) {
    const url = new URL(address);
    const name = url.pathname.split('/').at(-1) ?? '';
    const from = { kind, name, base: isPublic ? new URL('.', url) : call.base };
    const one = await attempt(() => updateOne(config, call, from, held.has(kind)));
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

interface ThreatPlace {
  readonly kind: Kind;
  readonly name: string;
  readonly base: URL;
}

async function updateOne(
  config: Config,
  { options, root, signal }: ThreatUpdateCall,
  { kind, name, base }: ThreatPlace,
  isThere: boolean,
): Promise<ThreatImport | null> {
  const { fetchFile, openExportFolder, openExportSession } = await import(
    '../../adapters/advisory-export/index.ts'
  );
  const session = openExportSession({ ...options, base });
  try {
    const bytesMax = LIMITS.threatFileBytesMax;
    const folder = openExportFolder(root, base);
    const file = await fetchFile(session, folder, name, { bytesMax, signal, isThere });
    if (file === null) return null;
    let taken: ThreatImport | null = null;
    try {
      taken = await importThreats(config, file.path, toInstant(Date.now()), kind);
      if (taken !== null) return taken;
    } finally {
      await file.end(taken !== null);
    }
    throw new Failure(
      'REGISTRY_MISBEHAVED',
      `${base.host} has something else under ${name}`,
      'Ask the operator of the mirror.',
    );
  } finally {
    session.close();
  }
}
