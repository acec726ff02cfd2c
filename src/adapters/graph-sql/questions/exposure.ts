import { pickTitle, toVulnerabilityUrl } from '../../../capabilities/advisories/index.ts';
import type { Exposure, Question } from '../../../capabilities/graph/index.ts';
import { LIMITS } from '../../../core/limits.ts';
import {
  type AffectedVersions,
  readAffectedVersions,
  readExposedReleases,
  selectVersions,
} from './affected.ts';
import { readExposureClaims } from './claimed-findings.ts';
import { excuseClaims } from './excused-findings.ts';
import { countRejected, readNamedEcosystems } from './feed-coverage.ts';
import { addDeployments } from './image-deployments.ts';
import { readObserved } from './observed-clusters.ts';
import { readReleasePage } from './release-page.ts';
import { findRunningGaps } from './running-gaps.ts';
import type { Scope } from './scope.ts';
import { EVERYWHERE, findUndigestedIn, toAnswer } from './undigested-containers.ts';
import { readUnknownReleases } from './unknown-exposure.ts';
import { findUnreleasedGaps } from './unreleased-gaps.ts';
import { findUnreleased, NO_UNRELEASED, readUnreleased } from './unreleased-images.ts';
import { applyVex } from './vex.ts';
import {
  findCoveringVulnerabilities,
  findVulnerability,
  rateVulnerability,
  readStatements,
  readTitles,
} from './vulnerabilities.ts';

/**
 * Which releases contain an affected version, and where they run. A release that runs nowhere is
 * listed too.
 */
export async function answerExposure(
  scope: Scope,
  { vulnerability }: Question<'exposure'>,
): Promise<Exposure> {
  const { names, ids: own } = await findVulnerability(scope, vulnerability);
  const ids = [...new Set([...own, ...(await findCoveringVulnerabilities(scope, names))])];
  const affected = await readAffectedVersions(scope, ids);
  const certain = selectVersions(affected, 'affected');
  const page = await readReleasePage(scope, certain);
  const exposed = await readExposedReleases(scope, page.ids, affected);
  const vex = await applyVex(scope, names, exposed);
  const statements = await readStatements(scope, ids, names);
  const rating = rateVulnerability(names, statements);
  const isFirst = scope.ask.page.after === null;
  const named = isFirst ? await readNamedEcosystems(scope, ids) : null;
  const unknown = isFirst ? await readUnknownReleases(scope, affected, named) : NOTHING_UNKNOWN;
  const claimed = isFirst ? await readExposureClaims(scope, ids) : { claims: [], more: false };
  const unreleased = isFirst ? await readUnreleased(scope, names, certain) : NO_UNRELEASED;
  const gaps = isFirst ? await readGaps(scope, affected, named) : NO_UNRELEASED;
  const undigested = await findUndigestedIn(scope, EVERYWHERE);
  return {
    names,
    title: pickTitle(names[0] ?? '', [...(await readTitles(scope, ids)).values()]),
    link: toVulnerabilityUrl(names[0] ?? vulnerability),
    advisories: [...statements.advisories.values()].map(({ id }) => id).sort(),
    severity: rating.severity,
    score: rating.score,
    vector: rating.vector,
    severitySource: rating.source,
    releases: vex.exposed,
    claimed: await excuseClaims(scope, claimed.claims),
    claimedMore: claimed.more,
    unreleased: await addDeployments(scope, unreleased.images),
    unreleasedMore: unreleased.more,
    unreleasedUnknown: await addDeployments(scope, gaps.images),
    unreleasedUnknownMore: gaps.more,
    ...toAnswer(undigested),
    ...(await readObserved(scope)),
    excused: vex.excused,
    unknown: unknown.releases,
    unknownMore: unknown.more,
    notCovered: unknown.notCovered,
    updatedAt: unknown.updatedAt,
    rejected: isFirst ? await countRejected(scope) : 0,
    next: page.next,
  };
}

/** They have no owner and no date: a question about these is not about them. */
async function readGaps(
  scope: Scope,
  affected: AffectedVersions,
  named: ReadonlySet<string> | null,
) {
  if (scope.ask.owner !== null || scope.ask.since !== null) return NO_UNRELEASED;
  const exposed = await findUnreleased(scope, selectVersions(affected, 'affected'));
  const uncompared = await findUnreleased(scope, selectVersions(affected, 'unknown'));
  const only = [...(uncompared ?? [])].filter((image) => exposed?.has(image) !== true);
  // mutant running-image-that-nobody-knows by running-images: value -> NO_UNRELEASED
  const running = await findRunningGaps(scope);
  const gaps = await findUnreleasedGaps(scope, new Set(only), named);
  const images = [...running.images, ...gaps.images];
  const max = LIMITS.unreleasedImagesMax;
  const isCut = images.length > max || uncompared === null;
  return { images: images.slice(0, max), more: running.more || gaps.more || isCut };
}

const NOTHING_UNKNOWN = { releases: [], more: false, notCovered: [], updatedAt: null };
