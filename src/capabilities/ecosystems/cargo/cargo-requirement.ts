import satisfies from 'semver/functions/satisfies.js';
import parseVersion from 'semver/functions/valid.js';
import parseRange from 'semver/ranges/valid.js';

/**
 * Whether a requirement of Cargo allows a version; null where it is none that is known
 * (doc.rust-lang.org/cargo, "Specifying Dependencies").
 *
 * @example allowsCrate('1.2', '1.9.0') // true
 */
export function allowsCrate(requirement: string, version: string): boolean | null {
  const range = toNpmRange(requirement);
  if (range === null || parseVersion(version) === null) return null;
  return satisfies(version, range);
}

/** Cargo separates with commas, and a version alone allows what is compatible with it. */
function toNpmRange(requirement: string): string | null {
  if (requirement.length > 200) return null;
  const parts = requirement.split(',').map((part) => part.trim());
  const range = parts.map((part) => (/^\d/.test(part) && !part.includes('*') ? `^${part}` : part));
  return parts.some((part) => !/^(?:[\^~=]|[<>]=?)? *(?:\d|\*)[^|\s]*$/.test(part))
    ? null
    : parseRange(range.join(' '));
}
