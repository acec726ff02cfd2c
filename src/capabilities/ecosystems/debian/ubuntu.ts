import { findRelease } from '../../../core/distro.ts';
import type { PackageAddress } from '../package-address.ts';

/** Archives of Ubuntu Pro with builds of their own (ossf.github.io/osv-schema, `Ubuntu`). */
const FIPS = ['FIPS', 'FIPS-updates', 'FIPS-preview'];

/**
 * The ecosystems of OSV for a release of Ubuntu: `Ubuntu:22.04:LTS`, and those of Ubuntu Pro, whose
 * fixes only its subscribers get. The entry for the build that is installed replaces the others: a
 * package of ESM is judged by the fixes of ESM, and every other one by those that all get, unless
 * an advisory has none for them. Null for a text that is no release.
 *
 * @example listUbuntuEcosystems('ubuntu-22.04', '2.4-1ubuntu0.1')
 */
export function listUbuntuEcosystems(
  distro: string,
  version: string,
): Pick<PackageAddress, 'ecosystems' | 'overriding'> | null {
  const name = distro.toLowerCase().replace(/^ubuntu-?/, '');
  const release =
    /^([0-9]{1,2}\.[0-9]{2})(?:\.[0-9]+)*$/.exec(name)?.[1] ?? findRelease('ubuntu', name);
  if (release === null) return null;
  const suffix = isLongTerm(release) ? `${release}:LTS` : release;
  const plain = [...new Set([`Ubuntu:${suffix}`, `Ubuntu:${release}`])];
  const esm = [`Ubuntu:Pro:${suffix}`];
  const fips = FIPS.map((archive) => `Ubuntu:Pro:${archive}:${suffix}`);
  // mutant ubuntu-esm-build-by-the-fixes-of-all by match-builds: condition -> false
  if (/esm/.test(version)) return { ecosystems: [...plain, ...esm], overriding: esm };
  if (/fips/i.test(version)) return { ecosystems: [...plain, ...esm, ...fips], overriding: fips };
  return { ecosystems: [...plain, ...esm], overriding: plain };
}

/** Every second April (wiki.ubuntu.com/Releases); the first one came in June. */
function isLongTerm(release: string): boolean {
  const [year = '', month] = release.split('.');
  return release === '6.06' || (month === '04' && Number(year) % 2 === 0 && Number(year) >= 8);
}
