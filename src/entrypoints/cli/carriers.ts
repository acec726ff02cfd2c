import { type GraphQuestions, parseSelector } from '../../capabilities/graph/index.ts';
import { formatAnswerInstant, shortenInstant } from '../../core/instant.ts';
import { parsePurl } from '../../core/purl.ts';
import { attempt } from '../../core/result.ts';
import { openQuestions } from '../compose/graph.ts';
import { mayHaveLog } from '../compose/graph-place.ts';
import type { Config } from '../config/config.ts';
import type { SchemaValue } from './report/schemas.ts';

type Dependency = SchemaValue<'deps'>['targets'][number]['dependencies'][number];
/** Which releases have a package in any version, where they run, and what was decided. */
export type PackageUse = NonNullable<Dependency['carried']>;

export interface Carriers {
  /**
   * What the graph knows of a package; `ids` are vulnerabilities, for the statements about them.
   * Null where there is no graph, or the package has no name there.
   */
  find(purl: string, ids: readonly string[]): Promise<PackageUse | null>;
  close(): Promise<void>;
}

const RELEASES_SHOWN = 10;
/** Packages that are asked for in one command; more are left out, and said to be. */
const PACKAGES_MAX = 500;
const NOBODY: Carriers = { find: async () => null, close: async () => undefined };

/** The graph as the develop phase uses it (D21, G8): what is already out there with a package. */
export async function openCarriers(config: Config): Promise<Carriers> {
  if (!mayHaveLog(config)) return NOBODY;
  const opened = await attempt(() => openQuestions(config));
  // A graph that cannot be read stops no scan: what it knows is shown beside the findings.
  if (!opened.ok) return NOBODY;
  const graph = opened.value;
  const known = new Map<string, Promise<PackageUse | null>>();
  return {
    find: (purl, ids) => {
      const name = dropVersion(purl);
      if (name === null) return Promise.resolve(null);
      const key = JSON.stringify([name, ...ids]);
      const asked = known.get(key);
      if (asked !== undefined) return asked;
      if (known.size >= PACKAGES_MAX) return Promise.resolve(null);
      const found = findCarried(graph, name, ids);
      known.set(key, found);
      return found;
    },
    close: () => graph.close(),
  };
}

/** The package, whatever its version and build. */
function dropVersion(purl: string): string | null {
  const parts = parsePurl(purl);
  if (!parts.ok) return null;
  const end = purl.search(/[@?#]/);
  const bare = end === -1 ? purl : purl.slice(0, end);
  return parsePurl(bare).ok ? bare : null;
}

async function findCarried(
  graph: GraphQuestions,
  name: string,
  ids: readonly string[],
): Promise<PackageUse | null> {
  const component = parseSelector(name);
  if (!component.ok) return null;
  const page = { rowsMax: RELEASES_SHOWN, after: null };
  const matches = await graph.ask({ name: 'releases', component: component.value, page });
  // A package that no document names is carried by nothing that is known.
  if (!matches.ok) return { package: name, releases: [], more: false, excused: [] };
  const { releases, next } = matches.value;
  if (releases.length === 0) return { package: name, releases: [], more: false, excused: [] };
  const radius = await graph.ask({ name: 'blast-radius', component: component.value, page });
  const places = new Map(
    (radius.ok ? radius.value.releases : []).map((one) => [
      JSON.stringify([one.name, one.version]),
      [...new Set(one.deployments.map(({ cluster }) => cluster))].sort(),
    ]),
  );
  const carried = [];
  for (const { name: release, version, owner, components } of releases)
    carried.push({
      ...{ name: release, version, owner },
      components: [...new Set(components.map(({ purl }) => `${purl}`))],
      clusters: places.get(JSON.stringify([release, version])) ?? [],
      decided: await findDecision(graph, `${release}@${version}`),
    });
  const excused = await listExcused(graph, name, ids);
  return { package: name, releases: carried, more: next !== null, excused };
}

/** The last decision about a release, at whichever gate. */
async function findDecision(
  graph: GraphQuestions,
  called: string,
): Promise<PackageUse['releases'][number]['decided']> {
  const page = { rowsMax: 1, after: null };
  const history = await graph.ask({ name: 'verdicts', subject: { called }, page });
  const [last] = history.ok ? history.value.verdicts : [];
  if (last === undefined) return null;
  const { gate, decision, lastAt } = last;
  return { gate, decision, at: formatAnswerInstant(lastAt) };
}

/** What trusted statements exclude of these vulnerabilities in the package. */
async function listExcused(
  graph: GraphQuestions,
  name: string,
  ids: readonly string[],
): Promise<PackageUse['excused']> {
  const excused = [];
  for (const id of ids.slice(0, RELEASES_SHOWN)) {
    const exposure = await graph.ask({ name: 'exposure', vulnerability: id });
    for (const { release, purl, status, justification } of exposure.ok
      ? exposure.value.excused
      : [])
      if (dropVersion(purl) === name)
        excused.push({ id, release: `${release.name} ${release.version}`, status, justification });
  }
  return excused;
}

/** `trips 1.4 (team-a) in eu-1, admission allow 2026-01-31` */
export function describeCarried({ releases, more, excused }: PackageUse): readonly string[] {
  const lines = releases.map(({ name, version, owner, clusters, decided }) => {
    const who = owner === null ? 'no owner' : owner;
    const where = clusters.length === 0 ? 'not known to run' : `runs in ${clusters.join(', ')}`;
    const verdict =
      decided === null
        ? ''
        : `; ${decided.gate}: ${decided.decision} ${shortenInstant(decided.at)}`;
    return `${name} ${version} (${who}), ${where}${verdict}`;
  });
  const stated = excused.map(
    ({ id, release, status, justification }) =>
      `${id} ${status} in ${release}${justification === null ? '' : `: ${justification}`}`,
  );
  return [...lines, ...(more ? ['and more releases'] : []), ...stated];
}
