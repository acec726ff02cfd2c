import type {
  ExposedRelease,
  Exposure,
  UnknownRelease,
} from '../../../capabilities/graph/index.ts';
import { orThrow } from '../../../core/result.ts';
import { formatEvidence } from '../evidence-text.ts';
import { formatTable, makePrintable } from '../io.ts';
import type { ExitCode } from '../report/report.ts';
import { createNode, type TreeNode } from '../tree.ts';
import { buildPlacesTree, formatNames } from './ask-answers.ts';
import { defineQuestion } from './ask-question.ts';

/**
 * 1 when any release is exposed; 3 when none is known to be and of some nobody can say; 0 when none
 * is.
 */
export const askExposure = defineQuestion(async (reader, call, ask) => {
  const answer = orThrow(await reader.exposure(call.args[0] ?? '', ask));
  return {
    answer,
    text: () => formatExposure(answer),
    tree: () => buildTree(answer),
    next: answer.next,
    exit: toExitCode(answer),
    notes: listNotes(answer),
  };
});

function toExitCode({ releases, unknown, unknownMore }: Exposure): ExitCode {
  if (releases.length > 0) return 1;
  return unknown.length > 0 || unknownMore ? 3 : 0;
}

function listNotes(answer: Exposure): readonly string[] {
  const by =
    answer.advisories.length === 0 ? 'no advisory that stands' : answer.advisories.join(', ');
  const cut = answer.releases.some(
    ({ componentsMore, deploymentsMore }) => componentsMore || deploymentsMore,
  );
  return [
    makePrintable(`${answer.names.join(', ')}: ${answer.severity}; by ${by}`),
    ...(cut ? ['not all components or deployments are shown'] : []),
    ...(answer.unknownMore
      ? ['there are more releases of unknown exposure, or older ones that were not looked at']
      : []),
  ];
}

/**
 * An image that no release names is not counted, so the answer must not read as if it were clean.
 */
const NONE =
  'no release is known to be exposed (images that belong to no recorded release are not ' +
  'counted: waybill audit judges what runs)';

const HEADER =
  'RELEASE|VERSION|OWNER|COMPONENT|FIXED IN|CLUSTER|REGION|NAMESPACE|WORKLOAD|IMAGE|EVIDENCE'.split(
    '|',
  );

function formatExposure(answer: Exposure): string {
  const rows = answer.releases.flatMap(toRows);
  const exposed = rows.length === 0 ? `${NONE}\n` : formatTable(HEADER, rows);
  return exposed + formatUnknown(answer.unknown) + formatExcused(answer);
}

function toRows(release: ExposedRelease): readonly (readonly string[])[] {
  return release.components.flatMap(({ purl, fixed, image, evidence }) => {
    const left = [
      release.name,
      release.version,
      release.owner ?? '-',
      purl,
      fixed.slice(0, 3).join(', ') || '-',
    ];
    const running = release.deployments.filter(({ affected }) => affected.includes(image));
    const said = [...evidence, ...release.evidence];
    if (running.length === 0)
      return [[...left, 'runs nowhere known', '-', '-', '-', image, formatEvidence(said)]];
    return running.map(({ cluster, region, namespace, workload, evidence: seen }) => [
      ...left,
      cluster,
      region ?? '-',
      namespace,
      `${workload.kind}/${workload.name}`,
      image,
      formatEvidence([...said, ...seen]),
    ]);
  });
}

const REASONS = {
  'inventory-missing': 'nobody has told what it is made of',
  'inventory-partial': 'its inventory is partial',
  'version-not-compared': 'versions could not be compared',
} as const satisfies Record<UnknownRelease['reason'], string>;

function formatUnknown(unknown: readonly UnknownRelease[]): string {
  if (unknown.length === 0) return '';
  const rows = unknown.map(({ name, version, owner, reason, components, evidence }) => [
    name,
    version,
    owner ?? '-',
    REASONS[reason],
    [...new Set(components.map(({ purl }) => purl))].join(', ') || '-',
    formatEvidence(evidence),
  ]);
  return (
    `\nunknown ` +
    `exposure\n${formatTable(['RELEASE', 'VERSION', 'OWNER', 'REASON', 'COMPONENTS', 'EVIDENCE'], rows)}`
  );
}

function formatExcused({ excused }: Exposure): string {
  if (excused.length === 0) return '';
  const rows = excused.map(({ release, purl, status, justification, evidence }) => [
    formatNames([release]),
    purl,
    status,
    justification ?? '-',
    formatEvidence(evidence),
  ]);
  return (
    `\nnot exposed, by ` +
    `VEX\n${formatTable(['RELEASE', 'COMPONENT', 'STATUS', 'JUSTIFICATION', 'EVIDENCE'], rows)}`
  );
}

/** Release, below it image and component, below them where that runs. */
function buildTree(answer: Exposure): readonly TreeNode[] {
  const unknown = answer.unknown.map((one) =>
    createNode(
      `${one.name}@${one.version}, owner ${one.owner ?? 'unknown'}: ${REASONS[one.reason]}`,
    ),
  );
  const excused = answer.excused.map(({ release, purl, status, evidence }) =>
    createNode(`${formatNames([release])}: ${purl} ${status}, ${formatEvidence(evidence)}`),
  );
  return [
    ...(answer.releases.length === 0 ? [createNode(NONE)] : answer.releases.map(createReleaseNode)),
    ...(unknown.length === 0 ? [] : [createNode('unknown exposure', ...unknown)]),
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
          `${purl}: ${status} by ${advisory}, fixed in ` +
            `${fixed.slice(0, 3).join(', ') || 'no version'}`,
          formatEvidence(evidence),
        ),
      ),
      ...(running.length === 0 ? [createNode('runs nowhere known')] : buildPlacesTree(running)),
    );
  });
  return createNode(
    `release ${release.name}@${release.version}, owner ${release.owner ?? 'unknown'}`,
    ...images,
  );
}
