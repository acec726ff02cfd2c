import { LIMITS } from '../../core/limits.ts';
import { formatPurl, parsePurl } from '../../core/purl.ts';
import { fail, ok, type Result } from '../../core/result.ts';
import type { PackageSelector, VersionSelector } from './answers.ts';

/**
 * Reads what `--component` takes: a purl, a name, name@version or name@range.
 *
 * @example parseSelector('log4j-core@2.12.3')
 */
export function parseSelector(text: string): Result<PackageSelector> {
  if (text.length > LIMITS.purlBytesMax) return fail('LIMIT_EXCEEDED', 'the component is too long', 'Shorten it.');
  if (/^pkg:/i.test(text)) return purlSelector(text);
  const at = text.lastIndexOf('@');
  const name = (at > 0 ? text.slice(0, at) : text).trim();
  const version = at > 0 ? text.slice(at + 1).trim() : null;
  if (name === '' || version === '') {
    return fail(
      'USAGE',
      `not a component: ${JSON.stringify(text.slice(0, 100))}`,
      'Write a purl, name, name@version or name@range.',
    );
  }
  return ok({ kind: 'name', name, versions: versionSelector(version) });
}

function purlSelector(text: string): Result<PackageSelector> {
  const parts = parsePurl(text);
  if (!parts.ok) return parts;
  return ok({ kind: 'purl', purl: formatPurl(parts.value), versioned: parts.value.version !== null });
}

function versionSelector(version: string | null): VersionSelector {
  if (version === null || version === '*') return { kind: 'any' };
  const isRange =
    /[<>=^|,\s[\]()*]/.test(version) || (/^~/.test(version) && /\d/.test(version)) || /(^|\.)x(\.|$)/i.test(version);
  return isRange ? { kind: 'range', range: version } : { kind: 'exact', version };
}
