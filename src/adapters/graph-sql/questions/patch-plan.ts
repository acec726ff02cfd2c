import type {
  ExposedRelease,
  Exposure,
  PatchPlan,
  PatchStep,
  PatchUpgrade,
  Question,
  SharedBase,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { answerExposure } from './exposure.ts';
import type { Scope } from './scope.ts';

/** From the exposure to what is to be done about it: what several services share comes first. */
export async function answerPatchPlan(
  scope: Scope,
  { vulnerability }: Question<'patch-plan'>,
): Promise<PatchPlan> {
  const page = { rowsMax: LIMITS.pageRowsMax, after: null };
  const whole = { ...scope, ask: { ...scope.ask, page } };
  const exposure = await answerExposure(whole, { name: 'exposure', vulnerability });
  const running = exposure.releases.filter(({ deployments }) => deployments.length > 0);
  const held = running.flatMap(listAffected);
  const layers = await readLayers(scope, held);
  const bases = listBases(held, layers);
  const shared = new Set(bases.map(({ layer }) => layer));
  const services = Map.groupBy(running, ({ name }) => name);
  const steps = [...services].map(([service, releases]) =>
    planService(service, releases, { layers, shared }),
  );
  return {
    names: exposure.names,
    bases,
    steps: steps.sort(
      (one, other) => other.workloads - one.workloads || (one.service < other.service ? -1 : 1),
    ),
    notRunning: exposure.releases.length - running.length,
    observed: exposure.observed,
    silent: exposure.silent,
    silentMore: exposure.silentMore,
    open: isOpen(exposure),
  };
}

/** Whether something may be exposed that is no exposed release of the first page. */
function isOpen(exposure: Exposure): boolean {
  const { unknown, unknownMore, unreleased, unreleasedMore, unreleasedUnknown } = exposure;
  const { unreleasedUnknownMore, undigested, undigestedMore, claimed, claimedMore } = exposure;
  const lists = [unknown, unreleased, unreleasedUnknown, undigested, claimed];
  const isCut =
    unknownMore || unreleasedMore || unreleasedUnknownMore || undigestedMore || claimedMore;
  const hidden = exposure.releases.some((one) => one.componentsMore || one.deploymentsMore);
  return (
    isCut ||
    hidden ||
    exposure.next !== null ||
    lists.some(({ length }) => length > 0) ||
    exposure.notCovered.length > 0 ||
    exposure.rejected > 0
  );
}

interface AffectedHolder {
  readonly service: string;
  readonly purl: Purl;
  readonly image: Digest;
}

/** What is surely affected, in the images that run. */
function listAffected({
  name,
  components,
  deployments,
}: ExposedRelease): readonly AffectedHolder[] {
  const images = new Set(deployments.flatMap(({ affected }) => affected));
  return components.flatMap(({ purl, image, status }) => {
    // mutant upgrade-of-an-image-that-does-not-run by patch-plan: operand 2 -> true
    const isMeant = status === 'affected' && images.has(image);
    return isMeant ? [{ service: name, purl, image }] : [];
  });
}

type Layers = ReadonlyMap<string, Digest>;

function formatPlace({ image, purl }: Pick<AffectedHolder, 'image' | 'purl'>): string {
  return `${image} ${purl}`;
}

/** The layer of each of them, where an SBOM of its image says it. */
async function readLayers(scope: Scope, held: readonly AffectedHolder[]): Promise<Layers> {
  const { db, shard, known } = scope;
  const found = new Map<string, Digest>();
  const purls = [...new Set(held.map(({ purl }) => purl))];
  for (const images of splitIntoChunks([...new Set(held.map(({ image }) => image))]))
    for (const some of splitIntoChunks(purls)) {
      const rows = await db
        .selectFrom('image')
        .innerJoin('image_set', (on) =>
          on.onRef('image_set.shard', '=', 'image.shard').onRef('image_set.image', '=', 'image.id'),
        )
        .innerJoin('set_member', (on) =>
          on
            .onRef('set_member.shard', '=', 'image_set.shard')
            .onRef('set_member.component_set', '=', 'image_set.component_set'),
        )
        .innerJoin('package_version', (on) =>
          on
            .onRef('package_version.shard', '=', 'set_member.shard')
            .onRef('package_version.id', '=', 'set_member.package_version'),
        )
        .innerJoin('layer', (on) =>
          on
            .onRef('layer.shard', '=', 'set_member.shard')
            .onRef('layer.id', '=', 'set_member.layer'),
        )
        .select(['image.digest as image', 'package_version.purl', 'layer.digest as layer'])
        .where('image.shard', '=', shard)
        .where('image.digest', 'in', images)
        .where('image_set.known_from', '<=', known)
        .where('package_version.purl', 'in', some)
        .orderBy('image_set.id')
        .execute();
      for (const { image, purl, layer } of rows) found.set(`${image} ${purl}`, layer as Digest);
    }
  return found;
}

function listBases(held: readonly AffectedHolder[], layers: Layers): readonly SharedBase[] {
  const byLayer = new Map<Digest, AffectedHolder[]>();
  for (const one of held) {
    const layer = layers.get(formatPlace(one));
    if (layer === undefined) continue;
    const known = byLayer.get(layer);
    if (known === undefined) byLayer.set(layer, [one]);
    else known.push(one);
  }
  const all = [...byLayer].map(([layer, holders]) => ({
    layer,
    components: [...new Set(holders.map(({ purl }) => purl))].sort(),
    services: [...new Set(holders.map(({ service }) => service))].sort(),
  }));
  // mutant base-of-one-service by patch-plan: value -> all
  const shared = all.filter(({ services }) => services.length > 1);
  return shared.sort(
    (one, other) =>
      other.services.length - one.services.length || (one.layer < other.layer ? -1 : 1),
  );
}

interface PlanContext {
  readonly layers: Layers;
  readonly shared: ReadonlySet<Digest>;
}

function planService(
  service: string,
  releases: readonly ExposedRelease[],
  { layers, shared }: PlanContext,
): PatchStep {
  const upgrades = new Map<string, PatchUpgrade>();
  for (const release of releases) {
    const affected = new Set(listAffected(release).map(formatPlace));
    for (const { purl, image, fixed } of release.components) {
      if (!affected.has(formatPlace({ purl, image }))) continue;
      const layer = layers.get(formatPlace({ purl, image })) ?? null;
      const known = upgrades.get(`${purl} ${layer}`)?.fixed ?? [];
      upgrades.set(`${purl} ${layer}`, {
        ...{ purl, layer, fixed: [...new Set([...known, ...fixed])] },
        shared: layer !== null && shared.has(layer),
      });
    }
  }
  const runs = releases.flatMap(({ deployments }) => deployments);
  const workloads = new Set(
    runs.map(({ cluster, region, namespace, workload: { kind, name } }) =>
      JSON.stringify([cluster, region, namespace, kind, name]),
    ),
  );
  return {
    service,
    owner: releases[0]?.owner ?? null,
    versions: [...new Set(releases.map(({ version }) => version))],
    upgrades: [...upgrades.values()].sort((one, other) => (one.purl < other.purl ? -1 : 1)),
    places: [...new Set(runs.map(({ cluster, namespace }) => `${cluster}/${namespace}`))].sort(),
    workloads: workloads.size,
  };
}
