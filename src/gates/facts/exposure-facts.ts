import type { GraphQuestions, ImageExposure } from '../../capabilities/graph/index.ts';
import {
  type FactList,
  type FindingFact,
  makePartialList,
  makeUnknownFact,
} from '../../capabilities/policy/index.ts';
import type { Digest } from '../../core/digest.ts';
import { Failure } from '../../core/failure.ts';
import { formatPackageVersion, matchesPackage, parsePackagePurl } from '../../core/package-purl.ts';
import { joinFactLists, replaceItems, takeItems } from './fact-lists.ts';
import { toRatingFacts } from './finding-fact.ts';
import { covers, type Excuse } from './member-facts.ts';

/** A finding that the knowledge graph lists, and the image that it is about. */
export interface Exposure {
  readonly finding: FindingFact;
  readonly image: Digest;
}

/** What the graph knows against an image; unknown if it cannot be asked. */
export async function findExposures(
  graph: GraphQuestions,
  image: Digest,
  members: readonly Digest[],
): Promise<FactList<Exposure>> {
  const found = await graph.ask({ name: 'exposures', image, members });
  // mutant exposures-unknown-are-none by exposed-digest: value -> []
  if (!found.ok) return makeUnknownFact(found.failure);
  const exposures = found.value.exposures.map(toExposure);
  if (!found.value.more) return exposures;
  const why = `the knowledge graph lists more than ${exposures.length} findings of the image`;
  const failure = new Failure('LIMIT_EXCEEDED', why, 'Build the image from fewer components.');
  return makePartialList(exposures, failure);
}

function toExposure(found: ImageExposure): Exposure {
  const { names, severity, purl, status, fixed, image } = found;
  const [id = 'unknown', ...aliases] = names;
  const parts = parsePackagePurl(purl);
  const name = parts.ok ? parts.value.name : purl;
  const version = parts.ok ? formatPackageVersion(parts.value) : '';
  const known = { id, aliases, severity, status, component: purl, name, version, fixed };
  return { finding: { ...known, ...toRatingFacts(found) }, image };
}

/**
 * The findings with those that only the graph lists: an image whose inventory is not in this
 * repository, or is another one here, is as exposed as it is elsewhere. VEX excuses them as it
 * excuses the others.
 */
export function addExposures(
  found: FactList<FindingFact>,
  exposures: FactList<Exposure>,
  excuse: Excuse,
): FactList<FindingFact> {
  const items = takeItems(exposures).map(({ finding, image }) => excuse(finding, image));
  const known = Map.groupBy(takeItems(found), ({ version }) => version);
  const added = items.filter(
    (item) =>
      !(known.get(item.version) ?? []).some((one) => isSame(one, item) && covers(one, item)),
  );
  return joinFactLists([found, replaceItems(exposures, []) as FactList<FindingFact>, added]);
}

/** One vulnerability of one component, by any of its names. */
function isSame(one: FindingFact, other: FindingFact): boolean {
  const names = new Set([one.id, ...one.aliases]);
  if (![other.id, ...other.aliases].some((name) => names.has(name))) return false;
  if (one.component === other.component) return true;
  const [wanted, found] = [parsePackagePurl(one.component), parsePackagePurl(other.component)];
  return wanted.ok && found.ok && matchesPackage(wanted.value, found.value);
}
