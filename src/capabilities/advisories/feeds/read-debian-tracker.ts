import { findRelease } from '../../../core/distro.ts';
import type { JsonObject, JsonValue } from '../../../core/json.ts';
import { getOwn } from '../../../core/own.ts';
import {
  ALWAYS_AFFECTED,
  buildAffected,
  buildRangeBefore,
  type FeedFormat,
  isId,
  malformed,
  requireObject,
  requireText,
} from './feed-format.ts';

/**
 * What the security team of Debian knows, by source package, vulnerability and release
 * (security-tracker.debian.org/tracker/data/json). `resolved` has the version that fixed it, `0`
 * where the release never had it; `open` has no fix there, whatever `nodsa` says why;
 * `undetermined` is unknown.
 */
export const DEBIAN_TRACKER: FeedFormat = {
  name: 'Debian security tracker',
  recognises: (start) => START.test(start),
  reads: 'members',
  begin: () => {
    const releases = new Set<string>();
    return {
      read: (name, value) =>
        Object.entries(requireObject(value, `package ${name.slice(0, 100)}`)).flatMap(([id, one]) =>
          readEntry(name, id, requireObject(one, id.slice(0, 100)), releases),
        ),
      finish: () => ({ covers: [...releases].sort(), part: null, exportedAt: null }),
    };
  },
};

/** A package, a vulnerability, and one of the members that it has. */
const START =
  /^\s*\{\s*"[a-z0-9][a-z0-9.+-]{0,80}"\s*:\s*\{\s*"(?:CVE|TEMP)-[0-9A-F-]{4,30}"\s*:\s*\{\s*"(?:description|debianbug|scope|releases)"/;

function readEntry(
  name: string,
  id: string,
  entry: JsonObject,
  releases: Set<string>,
): readonly JsonObject[] {
  if (!isId(id)) throw malformed(`${name.slice(0, 100)} lists ${JSON.stringify(id.slice(0, 40))}`);
  const stated = requireObject(getOwn(entry, 'releases'), `releases of ${id}`);
  const affected = Object.entries(stated).flatMap(([codename, value]) => {
    const release = findRelease('debian', codename);
    // What is not released yet (`sid`) has no advisories.
    if (release === null) return [];
    const ecosystem = `Debian:${release}`;
    releases.add(ecosystem);
    return [readRelease(ecosystem, name, requireObject(value, `${codename} of ${id}`))];
  });
  return affected.length === 0
    ? []
    : [{ id: `DEBIANTRACKER-${name}-${id}`, upstream: [id], affected }];
}

function readRelease(ecosystem: string, name: string, release: JsonObject): JsonObject {
  const urgency = getOwn(release, 'urgency');
  const rated = typeof urgency === 'string' ? { urgency: cutMarks(urgency) } : {};
  return buildAffected(ecosystem, name, readStatus(release), { ecosystem_specific: rated });
}

/** Null: unknown. */
function readStatus(release: JsonObject): JsonObject | null {
  switch (getOwn(release, 'status')) {
    case 'open':
      return ALWAYS_AFFECTED;
    case 'resolved':
      // mutant resolved-in-no-version by read-feeds: condition -> false
      return getOwn(release, 'fixed_version') === undefined
        ? null
        : buildRangeBefore(requireText(release, 'fixed_version', 'a release'));
    default:
      return null;
  }
}

/** `low**`: rated by a program. */
function cutMarks(urgency: JsonValue & string): string {
  return urgency.replaceAll('*', '');
}
