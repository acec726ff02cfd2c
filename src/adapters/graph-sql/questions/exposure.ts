import type { Exposure } from '../../../capabilities/graph/index.ts';
import { affectedVersions, exposedReleases, versionsThat } from './affected.ts';
import { releasesHolding } from './releases.ts';
import type { Scope } from './scope.ts';
import { unknownReleases } from './unknown-exposure.ts';
import { vexOf } from './vex.ts';
import { coveringOf, ratingsOf, vulnerabilityOf, worstOf } from './vulnerabilities.ts';

/** Which releases hold an affected version, and where they run; a release that runs nowhere is named too. */
export async function exposure(scope: Scope, asked: string): Promise<Exposure> {
  const { names, ids: own } = await vulnerabilityOf(scope, asked);
  const ids = [...new Set([...own, ...(await coveringOf(scope, names))])];
  const affected = await affectedVersions(scope, ids);
  const certain = versionsThat(affected, 'affected');
  const page = await releasesHolding(scope, certain);
  const exposed = await exposedReleases(scope, page.ids, affected);
  const vex = await vexOf(scope, names, exposed);
  const rating = worstOf((await ratingsOf(scope, ids)).values());
  const isFirst = scope.ask.page.after === null;
  const unknown = isFirst ? await unknownReleases(scope, affected) : { releases: [], more: false };
  return {
    names,
    advisories: rating.advisories,
    severity: rating.severity,
    releases: vex.exposed,
    excused: vex.excused,
    unknown: unknown.releases,
    unknownMore: unknown.more,
    next: page.next,
  };
}
