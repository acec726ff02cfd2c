import { findRelease } from '../../../core/distro.ts';
import type { JsonObject } from '../../../core/json.ts';
import { LIMITS } from '../../../core/limits.ts';
import { listUbuntuEcosystems } from '../../ecosystems/index.ts';
import { ALWAYS_AFFECTED, buildAffected, buildRangeBefore, NEVER_AFFECTED } from './feed-format.ts';

/** What the security team of Ubuntu says of a source package in one archive of one release. */
export interface UbuntuStatus {
  readonly package: string;
  /** The code name of a release: `jammy`. */
  readonly codename: string;
  /** `esm-infra`, `fips-updates`; empty for the archive that everybody has. */
  readonly archive: string;
  /** `released`, `needed`, `ignored`, … */
  readonly status: string;
  /** What is in parentheses: a version, or a reason. */
  readonly remark: string;
  /** The team's own word; empty where there is none. */
  readonly priority: string;
}

/** Archives of Ubuntu Pro, as the ecosystem of OSV names the builds in them. */
const PRO: ReadonlyMap<string, 'esm' | 'FIPS' | 'FIPS-updates' | 'FIPS-preview'> = new Map([
  ['esm', 'esm'],
  ['esm-infra', 'esm'],
  ['esm-infra-legacy', 'esm'],
  ['esm-apps', 'esm'],
  ['esm-apps-legacy', 'esm'],
  ['fips', 'FIPS'],
  ['fips-updates', 'FIPS-updates'],
  ['fips-preview', 'FIPS-preview'],
]);

/** Archives that everybody has. */
const PUBLIC: ReadonlySet<string> = new Set(['', 'security', 'updates']);

/** The ecosystem of OSV of an archive; null for another product, such as a kernel of one cloud. */
function findEcosystem({ codename, archive }: UbuntuStatus): string | null {
  const release = findRelease('ubuntu', codename);
  const [plain] = release === null ? [] : (listUbuntuEcosystems(release, '1')?.ecosystems ?? []);
  if (plain === undefined) return null;
  if (PUBLIC.has(archive)) return plain;
  const pro = PRO.get(archive);
  if (pro === undefined) return null;
  const suffix = plain.slice('Ubuntu:'.length);
  return pro === 'esm' ? `Ubuntu:Pro:${suffix}` : `Ubuntu:Pro:${pro}:${suffix}`;
}

/**
 * The packages of OSV that say the same. A release whose support has ended says nothing of its own
 * where Ubuntu Pro goes on: what is known there counts for every build of it.
 */
export function listUbuntuAffected(statuses: readonly UbuntuStatus[]): readonly JsonObject[] {
  const found = statuses.flatMap((one) => {
    const ecosystem = findEcosystem(one);
    return ecosystem === null ? [] : [{ ...one, ecosystem }];
  });
  const continued = new Set(
    found
      .filter(({ ecosystem }) => ecosystem.startsWith('Ubuntu:Pro:'))
      .map((one) => `${one.codename} ${one.package}`),
  );
  return found.flatMap((one) => {
    // The package is not in this archive.
    if (one.status === 'DNE') return [];
    const isLeft = PUBLIC.has(one.archive) && isEnded(one);
    // mutant ended-release-hides-ubuntu-pro by read-ubuntu: condition -> false
    if (isLeft && continued.has(`${one.codename} ${one.package}`)) return [];
    const rated = one.priority === '' ? {} : { ecosystem_specific: { severity: one.priority } };
    return [buildAffected(one.ecosystem, one.package, toRange(one), rated)];
  });
}

/** `ignored (end of standard support)`; what it was before is known of some. */
function isEnded({ status, remark }: UbuntuStatus): boolean {
  return status === 'ignored' && /^(?:end of|out of)\b/.test(remark) && findFormer(remark) === null;
}

/** `end of life, was needed`: what it was. */
function findFormer(remark: string): string | null {
  return /\bwas ([a-z-]{1,20})/.exec(remark)?.[1] ?? null;
}

/** Null: nobody has found out yet. */
function toRange({ status, remark }: UbuntuStatus): JsonObject | null {
  switch (status) {
    case 'released':
      // mutant released-in-no-version by read-ubuntu: condition -> false
      return isVersion(remark) ? buildRangeBefore(remark) : null;
    case 'not-affected':
      return NEVER_AFFECTED;
    case 'needed':
    case 'pending':
    case 'deferred':
    case 'in-progress':
    case 'active':
      return ALWAYS_AFFECTED;
    case 'ignored': {
      const former = findFormer(remark);
      // mutant ignored-is-fixed by read-ubuntu: operand 2 -> true
      const isKnown = former === 'needed' || former === 'pending' || former === 'deferred';
      return isKnown || (former === null && !/^(?:end of|out of)\b/.test(remark))
        ? ALWAYS_AFFECTED
        : null;
    }
    default:
      return null;
  }
}

function isVersion(text: string): boolean {
  return /^[0-9][A-Za-z0-9.+:~-]*$/.test(text) && text.length <= LIMITS.versionBytesMax;
}
