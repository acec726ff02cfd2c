import { formatCount } from '../../../../core/count.ts';
import { formatRatingSource } from '../../../../core/severity.ts';
import {
  buildPlacesTree,
  buildUndigestedTree,
  defineClaimsTable,
  defineUndigestedTable,
  formatClaimed,
  formatFixed,
  formatNames,
  formatSeverity,
  isOpen,
  isUnseen,
  noteMoreUndigested,
  noteUnseen,
} from '../answer-text.ts';
import { listDataNotes, NOT_COVERED_TEXT } from '../coverage-text.ts';
import { formatEvidence } from '../evidence-text.ts';
import type { DeploymentAnswer } from '../shapes.ts';
import { createNode, defineTable, type TreeNode, type View } from '../view.ts';
import type { ExposedRelease, Exposure, ExposureClaim, UnknownRelease } from './answer.ts';

const NONE = 'no release is known to be exposed';

const REASONS = {
  'inventory-missing': 'its components are unknown',
  'inventory-partial': 'its inventory is partial',
  'version-not-compared': 'versions could not be compared',
  'components-not-covered': 'some of its components are not covered',
} as const satisfies Record<UnknownRelease['reason'], string>;

/** A line for each component and place. */
const EXPOSED = defineTable({
  rows: ({ releases }: Exposure) => releases.flatMap(listExposed),
  columns: {
    RELEASE: ({ release }) => release.name,
    VERSION: ({ release }) => release.version,
    OWNER: ({ release }) => release.owner,
    COMPONENT: ({ component }) => component.purl,
    'FIXED IN': ({ component }) => formatFixed(component.fixed),
    CLUSTER: ({ place }) => (place === null ? 'not known to run' : place.cluster),
    REGION: ({ place }) => place?.region,
    NAMESPACE: ({ place }) => place?.namespace,
    WORKLOAD: ({ place }) =>
      place === null ? null : `${place.workload.kind}/${place.workload.name}`,
    IMAGE: ({ component }) => component.image,
    EVIDENCE: ({ release, component, place }) =>
      formatEvidence([...component.evidence, ...release.evidence, ...(place?.evidence ?? [])]),
  },
  none: `${NONE}\n`,
});

/** Those of which only components are not covered stand together in the next table. */
const UNKNOWN = defineTable({
  rows: ({ unknown }: Exposure) => unknown.filter(isListed),
  columns: {
    RELEASE: ({ name }) => name,
    VERSION: ({ version }) => version,
    OWNER: ({ owner }) => owner,
    REASON: ({ reason }) => REASONS[reason],
    COMPONENTS: ({ components, notCovered }) =>
      [...new Set([...components.map(({ purl }) => purl), ...notCovered])].join(', ') || null,
    EVIDENCE: ({ evidence }) => formatEvidence(evidence),
  },
  title: () => '\nunknown exposure\n',
  none: '',
});

const NOT_COVERED = defineTable({
  rows: ({ notCovered }: Exposure) => notCovered,
  columns: {
    ECOSYSTEM: ({ ecosystem }) => ecosystem,
    REASON: ({ reason }) => NOT_COVERED_TEXT[reason],
    COMPONENTS: ({ components, purls }) => formatSome(components, purls),
    RELEASES: ({ releases, examples }) =>
      formatSome(
        releases,
        examples.map(({ name, version }) => `${name}@${version}`),
      ),
  },
  title: () => '\nunknown exposure, because components are not covered\n',
  none: '',
});

const EXCUSED = defineTable({
  rows: ({ excused }: Exposure) => excused,
  columns: {
    RELEASE: ({ release }) => formatNames([release]),
    COMPONENT: ({ purl }) => purl,
    STATUS: ({ status }) => status,
    JUSTIFICATION: ({ justification }) => justification,
    EVIDENCE: ({ evidence }) => formatEvidence(evidence),
  },
  title: () => '\nnot exposed, by VEX\n',
  none: '',
});

const CLAIMED = defineClaimsTable<ExposureClaim>({
  IMAGE: ({ image }) => image,
  RELEASE: ({ releases }) => formatNames(releases),
  CLUSTER: formatClusters,
});

const UNRELEASED = defineTable({
  rows: ({ unreleased }: Exposure) => unreleased,
  columns: {
    IMAGE: ({ image }) => image,
    COMPONENT: ({ purl }) => purl,
    CLUSTER: formatClusters,
    WORKLOAD: formatWorkloads,
  },
  title: () => '\nexposed images that belong to no recorded release\n',
  none: '',
});

const UNRELEASED_UNKNOWN = defineTable({
  rows: ({ unreleasedUnknown }: Exposure) => unreleasedUnknown,
  columns: {
    IMAGE: ({ image }) => image,
    REASON: ({ reason }) => REASONS[reason],
    COMPONENTS: ({ notCovered }) => notCovered.join(', ') || null,
    CLUSTER: formatClusters,
    WORKLOAD: formatWorkloads,
  },
  title: () => '\nunknown exposure of images that belong to no recorded release\n',
  none: '',
});

const UNDIGESTED = defineUndigestedTable('unknown exposure of containers');

export const view: View<Exposure> = {
  tables: [
    ...[EXPOSED, UNRELEASED, CLAIMED, UNKNOWN, NOT_COVERED],
    ...[UNRELEASED_UNKNOWN, UNDIGESTED, EXCUSED],
  ],
  buildTree,
  listNotes,
  // 3 if nothing is known to be exposed and the exposure of some releases is unknown.
  pickExitCode: (answer) => {
    const { releases, unreleased, claimed, unknown, unreleasedUnknown, rejected } = answer;
    if (releases.length > 0 || answer.claimedMore || answer.unreleasedMore) return 1;
    // mutant exposed-image-without-a-release by unreleased-images: remove
    if (unreleased.length > 0) return 1;
    // mutant claimed-exposure-is-no-exposure by claimed-findings: remove
    if (claimed.some(({ status }) => status === 'claimed')) return 1;
    // mutant rejected-records-are-clean by not-covered: remove operand 3
    // mutant unjudged-image-without-a-release by unreleased-images: remove
    if (unreleasedUnknown.length > 0 || answer.unreleasedUnknownMore) return 3;
    // mutant container-without-a-digest-is-clean by undigested-containers: remove
    if (isOpen(answer)) return 3;
    // What runs in no recorded release may have it.
    // mutant exposure-where-nobody-observed by observed-clusters: remove
    if (isUnseen(answer)) return 3;
    return unknown.length > 0 || answer.unknownMore || rejected > 0 ? 3 : 0;
  },
};

interface PlacedImage {
  readonly deployments: readonly DeploymentAnswer[];
}

function formatClusters({ deployments }: PlacedImage): string {
  return [...new Set(deployments.map(({ cluster }) => cluster))].join(', ') || 'not known to run';
}

function formatWorkloads({ deployments }: PlacedImage): string | null {
  const named = deployments.map(
    ({ namespace, workload: { kind, name } }) => `${namespace}/${kind}/${name}`,
  );
  return [...new Set(named)].slice(0, WORKLOADS_SHOWN).join(', ') || null;
}

/** The rest is in JSON. */
const WORKLOADS_SHOWN = 3;

function isListed({ reason }: UnknownRelease): boolean {
  return reason !== 'components-not-covered';
}

function formatSome(count: number, named: readonly string[]): string {
  const others = count > named.length ? ', …' : '';
  return `${count}: ${named.join(', ')}${others}`;
}

function listExposed(release: ExposedRelease) {
  return release.components.flatMap((component) => {
    const running = release.deployments.filter(({ affected }) =>
      affected.includes(component.image),
    );
    const places = running.length === 0 ? [null] : running;
    return places.map((place) => ({ release, component, place }));
  });
}

function listNotes(answer: Exposure): readonly string[] {
  const source = formatRatingSource(answer.severitySource);
  const rated = source === '' ? '' : ` (${source})`;
  const by = answer.advisories.length === 0 ? 'no valid advisory' : answer.advisories.join(', ');
  const cut = answer.releases.some(
    ({ componentsMore, deploymentsMore }) => componentsMore || deploymentsMore,
  );
  return [
    `${answer.names.join(', ')}: ${formatSeverity(answer)}${rated}; by ${by}`,
    `${answer.title ?? 'without a title'}; see ${answer.link}`,
    ...(cut ? ['not all components or deployments are shown'] : []),
    ...(answer.unreleasedMore ? ['there are more exposed images without a release'] : []),
    ...(answer.unreleasedUnknownMore
      ? ['there are more images without a release of unknown exposure, or older ones']
      : []),
    ...noteUnseen(answer),
    ...noteMoreUndigested(answer),
    ...(answer.claimedMore ? ['there are more claims of scans'] : []),
    ...listDataNotes(answer, answer.notCovered, false),
    ...(answer.unknownMore
      ? ['there are more releases of unknown exposure, or older ones that were not examined']
      : []),
  ];
}

/** Release, then image and component, then the places where it runs. */
function buildTree(answer: Exposure): readonly TreeNode[] {
  const unknown = answer.unknown
    .filter(isListed)
    .map((one) =>
      createNode(
        `${one.name}@${one.version}, owner ${one.owner ?? 'unknown'}: ${REASONS[one.reason]}`,
      ),
    );
  const open = answer.notCovered.map(({ ecosystem, reason, components, releases, examples }) =>
    createNode(
      `${ecosystem}: ${NOT_COVERED_TEXT[reason]}; ${formatCount(components, 'component')} of ` +
        `${formatCount(releases, 'release')}: ${formatNames(examples)}`,
    ),
  );
  const claimed = answer.claimed.map((claim) =>
    createNode(
      `${formatNames(claim.releases)}: image ${claim.image}: ${formatClaimed(claim)} ` +
        `${claim.status} by ${claim.tool}`,
      formatEvidence(claim.evidence),
      ...buildPlacesTree(claim.deployments),
    ),
  );
  const unreleased = answer.unreleased.map(({ image, purl, deployments }) =>
    createNode(`image ${image}: ${purl}`, ...buildPlacesTree(deployments)),
  );
  const unjudged = answer.unreleasedUnknown.map(({ image, reason, deployments }) =>
    createNode(`image ${image}: ${REASONS[reason]}`, ...buildPlacesTree(deployments)),
  );
  const excused = answer.excused.map(({ release, purl, status, evidence }) =>
    createNode(`${formatNames([release])}: ${purl} ${status}, ${formatEvidence(evidence)}`),
  );
  return [
    ...(answer.releases.length === 0 ? [createNode(NONE)] : answer.releases.map(createReleaseNode)),
    ...(unreleased.length === 0
      ? []
      : [createNode('exposed images that belong to no recorded release', ...unreleased)]),
    ...(claimed.length === 0 ? [] : [createNode('claimed by scans', ...claimed)]),
    ...(unknown.length === 0 ? [] : [createNode('unknown exposure', ...unknown)]),
    ...(open.length === 0 ? [] : [createNode('components that are not covered', ...open)]),
    ...(unjudged.length === 0
      ? []
      : [createNode('unknown exposure of images that belong to no recorded release', ...unjudged)]),
    ...buildUndigestedTree(answer),
    ...(excused.length === 0 ? [] : [createNode('not exposed, by VEX', ...excused)]),
  ];
}

function createReleaseNode(release: ExposedRelease): TreeNode {
  const images = [...new Set(release.components.map(({ image }) => image))].map((image) => {
    const held = release.components.filter((component) => component.image === image);
    const running = release.deployments.filter(({ affected }) => affected.includes(image));
    return createNode(
      `image ${image}`,
      ...held.map(({ purl, status, advisory, fixed, evidence }) =>
        createNode(
          `${purl}: ${status} by ${advisory}, fixed in ${formatFixed(fixed) ?? 'no version'}`,
          formatEvidence(evidence),
        ),
      ),
      ...(running.length === 0 ? [createNode('not known to run')] : buildPlacesTree(running)),
    );
  });
  return createNode(
    `release ${release.name}@${release.version}, owner ${release.owner ?? 'unknown'}`,
    ...images,
  );
}
