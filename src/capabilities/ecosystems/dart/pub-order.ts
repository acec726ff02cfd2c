import { semverScheme } from '../semver-order.ts';
import type { VersionScheme } from '../version-scheme.ts';

/**
 * Semantic Versioning, but what follows `+` counts: a version with it comes after the one without
 * (pub_semver, `Version.compareTo`).
 */
export const pubScheme: VersionScheme = {
  name: 'pub',
  compare(one, other) {
    const [a, b] = [splitBuild(one), splitBuild(other)];
    const order = semverScheme.compare(a.version, b.version);
    if (order !== 0) return order;
    if (a.build === '' || b.build === '') return a.build.length - b.build.length;
    // Its parts are compared as those of a prerelease are.
    return semverScheme.compare(`0.0.0-${a.build}`, `0.0.0-${b.build}`);
  },
};

function splitBuild(text: string): { readonly version: string; readonly build: string } {
  const plus = text.indexOf('+');
  if (plus === -1) return { version: text, build: '' };
  return { version: text.slice(0, plus), build: text.slice(plus + 1) };
}
