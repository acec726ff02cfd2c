import { LIMITS } from '../../core/limits.ts';
import { canonicaliseWanted, findSourcePackage } from '../../core/package-purl.ts';
import { type PurlParts, parsePurlPattern } from '../../core/purl.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import { isVersRange } from '../advisories/index.ts';

/** The parts of `--component`. */
export type PackageSelector =
  /** `source`: the name of the source package, where the purl has one (`upstream=`). */
  | { readonly kind: 'purl'; readonly parts: PurlParts; readonly source: string | null }
  | { readonly kind: 'name'; readonly name: string; readonly versions: VersionSelector };

export type VersionSelector =
  | { readonly kind: 'any' }
  | { readonly kind: 'exact'; readonly version: string }
  | { readonly kind: 'range'; readonly range: string };

/**
 * Reads the value of `--component`: a purl, a name, name@version or name@range.
 *
 * @example parseSelector('log4j-core@2.12.3')
 */
export function parseSelector(text: string): Result<PackageSelector> {
  if (text.length > LIMITS.purlBytesMax)
    return fail('LIMIT_EXCEEDED', 'the component is too long', 'Shorten it.');
  if (/^pkg:/i.test(text)) return parsePurlSelector(text);
  const at = text.lastIndexOf('@');
  const name = (at > 0 ? text.slice(0, at) : text).trim();
  const version = at > 0 ? text.slice(at + 1).trim() : null;
  if (name === '' || version === '') {
    return fail(
      'USAGE',
      `this is not a component: ${JSON.stringify(text.slice(0, 100))}`,
      'Write a purl, name, name@version or name@range.',
    );
  }
  const versions = parseVersionSelector(version);
  // An invalid range matches nothing, and "no release" would be read as an answer.
  if (versions.kind === 'range' && !isRange(versions.range)) {
    return fail(
      'USAGE',
      `this is not a range of versions: ${JSON.stringify(versions.range.slice(0, 100))}`,
      'Write 2.12.3, 2.12.x, ">=2.13 <2.15", "[2.13,2.15)", ^2.1 or ~2.1, with || between ' +
        'several ranges, or "vers:maven/>=2.13|<2.15".',
    );
  }
  return ok({ kind: 'name', name, versions });
}

function parsePurlSelector(text: string): Result<PackageSelector> {
  const given = parsePurlPattern(text);
  if (!given.ok) return given;
  const source = findSourcePackage(given.value)?.name ?? null;
  return ok({ kind: 'purl', parts: canonicaliseWanted(given.value), source });
}

function parseVersionSelector(version: string | null): VersionSelector {
  if (version === null || version === '*') return { kind: 'any' };
  const isRangeText =
    version.startsWith('vers:') ||
    /[<>=^|,\s[\]()*]/.test(version) ||
    (/^~/.test(version) && /\d/.test(version)) ||
    /(^|\.)x(\.|$)/i.test(version);
  return isRangeText ? { kind: 'range', range: version } : { kind: 'exact', version };
}

const PART =
  /^(?:(?:<=|>=|<|>|==?|\^|~)?v?[0-9A-Za-z](?:[\w.+:~-]*|[\d.]*\.\*)|[[(][^,[\]()]*,[^,[\]()]*[\])]|\[[^,[\]()]+\])$/;

function isRange(range: string): boolean {
  if (range.startsWith('vers:')) return isVersRange(range);
  return range.split('||').every((alternative) => {
    const parts =
      alternative
        .trim()
        .replace(/([<>=^~])\s+/g, '$1')
        .match(/[[(][^[\]()]*[\])]|[^\s,]+/g) ?? [];
    return parts.length > 0 && parts.every((part) => PART.test(part));
  });
}
