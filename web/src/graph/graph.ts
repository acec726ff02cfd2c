import type { Answers } from '../generated/answers.ts';

/** The kinds of nodes, in the order of their columns. */
export const KINDS = [
  'person',
  'commit',
  'builder',
  'owner',
  'release',
  'component',
  'vulnerability',
  'image',
  'workload',
  'namespace',
  'cluster',
] as const;
export type NodeKind = (typeof KINDS)[number];

export interface GraphNode {
  readonly id: string;
  readonly kind: NodeKind;
  readonly name: string;
  /** What the page opens for it. */
  readonly opens: {
    readonly ask: string;
    readonly fields: Readonly<Record<string, string>>;
  } | null;
}

export interface Graph {
  readonly nodes: ReadonlyMap<string, GraphNode>;
  /** Ids of both ends, each pair once. */
  readonly edges: readonly (readonly [string, string])[];
}

export const NODES_MAX = 20_000;

/** Collects nodes and edges, each once; beyond NODES_MAX nothing is added. */
export class GraphBuilder {
  readonly #nodes: Map<string, GraphNode>;
  readonly #edges: Map<string, readonly [string, string]>;
  isFull = false;

  constructor(graph: Graph = EMPTY) {
    this.#nodes = new Map(graph.nodes);
    this.#edges = new Map(graph.edges.map((edge) => [edge.join('\n'), edge]));
  }

  add(kind: NodeKind, name: string, opens: GraphNode['opens'] = null): string {
    const id = `${kind} ${name}`;
    if (this.#nodes.has(id)) return id;
    if (this.#nodes.size >= NODES_MAX) {
      this.isFull = true;
      return '';
    }
    this.#nodes.set(id, { id, kind, name, opens });
    return id;
  }

  link(from: string, to: string): void {
    if (from === '' || to === '') return;
    this.#edges.set(`${from}\n${to}`, [from, to]);
  }

  build(): Graph {
    return { nodes: this.#nodes, edges: [...this.#edges.values()] };
  }
}

export const EMPTY: Graph = { nodes: new Map(), edges: [] };

type Deployment = Answers['where']['deployments'][number];
type Place = Pick<Deployment, 'cluster' | 'namespace' | 'workload' | 'image'>;

/** Where an image runs: image, workload, namespace and cluster in a row. */
function addPlace(graph: GraphBuilder, { cluster, namespace, workload, image }: Place): string {
  const picture = graph.add('image', image, { ask: 'findings', fields: { subject: image } });
  const called = `${cluster}/${namespace}/${workload.kind}/${workload.name}`;
  const work = graph.add('workload', called, { ask: 'where', fields: { cluster, namespace } });
  const space = graph.add('namespace', `${cluster}/${namespace}`, {
    ...{ ask: 'where', fields: { cluster, namespace } },
  });
  graph.link(picture, work);
  graph.link(work, space);
  graph.link(space, graph.add('cluster', cluster, { ask: 'where', fields: { cluster } }));
  return picture;
}

function addRelease(graph: GraphBuilder, name: string, version: string): string {
  const subject = `${name}@${version}`;
  return graph.add('release', subject, { ask: 'provenance', fields: { subject } });
}

export function addWhere(graph: GraphBuilder, { deployments }: Answers['where']): void {
  for (const place of deployments) {
    const image = addPlace(graph, place);
    for (const { name, version } of place.releases)
      graph.link(addRelease(graph, name, version), image);
  }
}

export function addOwners(graph: GraphBuilder, { owners }: Answers['owners']): void {
  for (const { name, owner, newest } of owners) {
    const release = addRelease(graph, name, newest.version);
    if (owner !== null)
      graph.link(graph.add('owner', owner, { ask: 'owners', fields: { owner } }), release);
  }
}

export function addExposure(
  graph: GraphBuilder,
  id: string,
  { releases }: Answers['exposure'],
): void {
  const chief = graph.add('vulnerability', id, { ask: 'exposure', fields: { vulnerability: id } });
  for (const { name, version, components, deployments } of releases) {
    const release = addRelease(graph, name, version);
    for (const { purl } of components) {
      const component = graph.add('component', purl, {
        ...{ ask: 'releases', fields: { component: purl } },
      });
      graph.link(chief, component);
      graph.link(component, release);
    }
    for (const place of deployments) graph.link(release, addPlace(graph, place));
  }
}

export function addRadius(
  graph: GraphBuilder,
  chief: string,
  { releases }: Answers['blast-radius'],
): void {
  for (const { name, version, deployments } of releases) {
    const release = addRelease(graph, name, version);
    graph.link(chief, release);
    for (const place of deployments) graph.link(release, addPlace(graph, place));
  }
}

export function addProvenance(
  graph: GraphBuilder,
  subject: string,
  { commits, builds }: Answers['provenance'],
): void {
  const release = graph.add('release', subject, { ask: 'provenance', fields: { subject } });
  for (const { commit, author } of commits) {
    const made = graph.add('commit', commit, { ask: 'blast-radius', fields: { commit } });
    graph.link(made, release);
    if (author !== null)
      graph.link(
        graph.add('person', author, { ask: 'blast-radius', fields: { person: author } }),
        made,
      );
  }
  for (const { builder } of builds)
    graph.link(
      graph.add('builder', builder, { ask: 'blast-radius', fields: { builder } }),
      release,
    );
}

export function addFindings(
  graph: GraphBuilder,
  chief: string,
  { findings }: Answers['findings'],
): void {
  for (const { purl, advisory, names } of findings) {
    const component = graph.add('component', purl, {
      ...{ ask: 'releases', fields: { component: purl } },
    });
    graph.link(component, chief);
    const id = names.find((name) => name.startsWith('CVE-')) ?? advisory;
    graph.link(
      graph.add('vulnerability', id, { ask: 'exposure', fields: { vulnerability: id } }),
      component,
    );
  }
}
