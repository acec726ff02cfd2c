import { semverScheme } from '../semver-order.ts';
import type { VersionScheme } from '../version-scheme.ts';

/** `v4` and `v4.1`: tags that their owners move to each release of that number. */
const MOVING = /^v\d+(?:\.\d+)?$/i;

/**
 * Semantic versions, where `v4` may be any release of 4: it cannot be compared with them. A branch
 * or a commit is no version. What is written without `v` is one release, as advisories write it.
 */
export const actionScheme: VersionScheme = {
  name: 'action',
  compare(one, other) {
    const order = semverScheme.compare(one, other);
    if (order === null || one === other) return order;
    if (order === 0 && MOVING.test(one) && MOVING.test(other)) return order;
    return covers(one, other) || covers(other, one) ? null : order;
  },
};

/** Whether a moving tag may be this release. */
function covers(tag: string, release: string): boolean {
  // mutant moving-tag-is-one-release by github-actions: condition -> true
  if (!MOVING.test(tag)) return false;
  const wanted = tag.slice(1).split('.');
  const parts = release.replace(/^v/i, '').split('.');
  return wanted.every((part, at) => Number(part) === Number(parts[at] ?? '0'));
}
