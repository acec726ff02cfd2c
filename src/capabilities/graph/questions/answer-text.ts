import { formatInstant } from '../../../core/instant.ts';
import { createEvidenceNodes, formatEvidence } from './evidence-text.ts';
import type { ClaimedFinding } from './findings/answer.ts';
import type {
  DeploymentAnswer,
  ReleaseAnswer,
  ReleaseName,
  RunningAnswer,
  SilentCluster,
  SourceAnswer,
  UndigestedContainer,
} from './shapes.ts';
import { createNode, defineTable, type Table, type TreeNode } from './view.ts';

/** `critical 9.8` */
export function formatSeverity({
  severity,
  score,
}: {
  readonly severity: string;
  readonly score: number | null;
}): string {
  return score === null ? severity : `${severity} ${score.toFixed(1)}`;
}

/** The releases of an answer. */
export function defineReleasesTable<A extends { readonly releases: readonly ReleaseAnswer[] }>(
  isShown?: Table<A>['isShown'],
): Table<A> {
  return defineTable({
    rows: ({ releases }: A) => releases,
    columns: {
      RELEASE: ({ name }) => name,
      VERSION: ({ version }) => version,
      RELEASED: ({ releasedAt }) => formatInstant(releasedAt),
      OWNER: ({ owner }) => owner,
      REPOSITORY: ({ source }) => formatSource(source, 'repository'),
      COMMIT: ({ source }) => formatSource(source, 'commit'),
      EVIDENCE: ({ evidence }) => formatEvidence(evidence),
    },
    none: 'no release\n',
    ...(isShown === undefined ? {} : { isShown }),
  });
}

/** A part of a source; what nothing proves is called claimed. */
export function formatSource(
  source: SourceAnswer | null,
  key: 'host' | 'repository' | 'commit',
): string | undefined {
  if (source === null) return undefined;
  return source.claimed?.includes(key) === true ? `${source[key]} (claimed)` : source[key];
}

/** What scans of other tools say; `more` are the columns of one question. */
export function defineClaimsTable<C extends ClaimedFinding>(
  more: Readonly<Record<string, (claim: C) => string | null | undefined>> = {},
): Table<{ readonly claimed: readonly C[] }> {
  return defineTable({
    rows: ({ claimed }: { readonly claimed: readonly C[] }) => claimed,
    columns: {
      SEVERITY: ({ severity }) => severity,
      ID: ({ names }) => names[0],
      COMPONENT: formatClaimed,
      'FIXED IN': ({ fixed }) => formatFixed(fixed),
      STATUS: ({ status, tool }) => `${status} by ${tool}`,
      ...more,
      EVIDENCE: ({ evidence }) => formatEvidence(evidence),
    },
    title: () => '\nclaimed by scans\n',
    none: '',
  });
}

export function formatClaimed({ purl, name, version }: ClaimedFinding): string {
  return purl ?? ([name, version].filter((part) => part !== '').join(' ') || 'unnamed');
}

/** What runs where. */
export function defineDeploymentsTable<
  A extends ObservedPlaces & { readonly deployments: readonly RunningAnswer[] },
>(): Table<A> {
  return defineTable({
    rows: ({ deployments }: A) => deployments,
    columns: {
      CLUSTER: ({ cluster }) => cluster,
      REGION: ({ region }) => region,
      NAMESPACE: ({ namespace }) => namespace,
      WORKLOAD: formatWorkload,
      RELEASE: ({ releases }) => formatNames(releases),
      IMAGE: ({ image }) => image,
      FROM: ({ from }) => formatInstant(from),
      UNTIL: formatUntil,
      EVIDENCE: ({ evidence }) => formatEvidence(evidence),
    },
    none: (answer) => describeNoRuns(answer, 'not deployed\n'),
  });
}

interface OpenContainers {
  readonly undigested: readonly UndigestedContainer[];
  readonly undigestedMore: boolean;
}

/** Containers that run an unknown image; `title` says what that leaves open. */
export function defineUndigestedTable(title: string): Table<OpenContainers> {
  return defineTable({
    rows: ({ undigested }: OpenContainers) => undigested,
    columns: {
      REFERENCE: ({ reference }) => reference,
      CONTAINER: ({ workload }) => workload.container,
      CLUSTER: ({ cluster }) => cluster,
      WORKLOAD: ({ namespace, workload: { kind, name } }) => `${namespace}/${kind}/${name}`,
      EVIDENCE: ({ evidence }) => formatEvidence(evidence),
    },
    title: () => `\n${title}, because no digest says which image they run\n`,
    none: '',
  });
}

/** Whether something runs of which nobody says what it is. */
export function isOpen({ undigested, undigestedMore }: OpenContainers): boolean {
  return undigested.length > 0 || undigestedMore;
}

export function noteMoreUndigested({ undigestedMore }: OpenContainers): readonly string[] {
  return undigestedMore
    ? ['there are more containers of which the image is not known, or other clusters']
    : [];
}

interface ObservedPlaces {
  /** Null: what runs is not asked about. */
  readonly observed: boolean | null;
  readonly silent: readonly SilentCluster[];
  readonly silentMore: boolean;
}

/** Whether something may run that nobody observed. */
export function isUnseen({ observed, silent, silentMore }: ObservedPlaces): boolean {
  return observed === false || silent.length > 0 || silentMore;
}

export function noteUnseen({ observed, silent, silentMore }: ObservedPlaces): readonly string[] {
  if (observed === false)
    return ['no cluster was observed, so it is not known what runs: waybill watch'];
  if (silent.length === 0) return [];
  const named = silent.slice(0, 5).map(({ cluster, until }) => {
    return `${cluster} since ${formatInstant(until)}`;
  });
  const rest = silentMore || silent.length > named.length ? ', and others' : '';
  return [`not observed, so it is not known what runs: ${named.join(', ')}${rest}`];
}

/** In place of what runs, where nothing is known to run. */
export function describeNoRuns(answer: ObservedPlaces, none: string): string {
  return answer.observed !== false ? none : 'not known, because no cluster was observed\n';
}

export function buildUndigestedTree({ undigested }: OpenContainers): readonly TreeNode[] {
  if (undigested.length === 0) return [];
  const nodes = undigested.map(
    ({ cluster, namespace, workload: { kind, name, container }, reference }) =>
      createNode(`${cluster} ${namespace}/${kind}/${name}: ${container} runs ${reference}`),
  );
  return [createNode('containers of which the image is not known', ...nodes)];
}

export function formatNames(releases: readonly ReleaseName[]): string {
  return releases.map(({ name, version }) => `${name}@${version}`).join(', ') || '-';
}

/** The first versions that fix it. */
export function formatFixed(fixed: readonly string[]): string | null {
  return fixed.slice(0, 3).join(', ') || null;
}

export function formatWorkload({ workload: { kind, name, container } }: DeploymentAnswer): string {
  return `${kind}/${name}/${container}`;
}

function formatUntil({ open, until }: DeploymentAnswer): string {
  return open ? `running, observation valid until ${formatInstant(until)}` : formatInstant(until);
}

/** Cluster and region, then namespaces, then workloads. */
export function buildPlacesTree<T extends DeploymentAnswer>(
  deployments: readonly T[],
  below: (deployment: T) => readonly TreeNode[] = () => [],
): readonly TreeNode[] {
  const clusters = Map.groupBy(
    deployments,
    ({ cluster, region }) => `cluster ${cluster}, region ${region ?? 'unknown'}`,
  );
  return [...clusters].map(([place, inCluster]) =>
    createNode(
      place,
      ...[...Map.groupBy(inCluster, ({ namespace }) => `namespace ${namespace}`)].map(
        ([namespace, there]) =>
          createNode(
            namespace,
            ...there.map((deployment) =>
              createNode(
                `${formatWorkload(deployment)}, ${formatUntil(deployment)}`,
                ...below(deployment),
              ),
            ),
          ),
      ),
    ),
  );
}

/** The image of a workload and the evidence that it runs. */
export function createImageNodes({
  image,
  reference,
  releases,
  evidence,
}: RunningAnswer): readonly TreeNode[] {
  return [
    createNode(`${reference} ${image} of ${formatNames(releases)}`),
    ...createEvidenceNodes(evidence),
  ];
}
