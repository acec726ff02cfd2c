import { toVulnerabilityUrl } from '../../../capabilities/advisories/index.ts';
import type { Finding } from '../../../capabilities/scanning/index.ts';
import { sha256 } from '../../../core/digest.ts';
import { Failure } from '../../../core/failure.ts';
import { formatInstant, type Instant } from '../../../core/instant.ts';
import type { JsonObject } from '../../../core/json.ts';
import { formatRatingSource, type Severity } from '../../../core/severity.ts';
import { version } from '../../compose/version.ts';
import { makePrintable } from '../io.ts';
import {
  compareRisk,
  describeDismissal,
  formatDoubt,
  groupDoubts,
  isRemark,
  listExploitation,
  namePath,
} from './finding-text.ts';
import type { Piece } from './renderer.ts';
import type { ResultReport, ScanFindings, TargetFindings } from './report.ts';

/** The version of the published schema (gitlab-org/security-products/security-report-schemas). */
const SCHEMA = '15.2.1';

/**
 * A security report of GitLab: container scanning for images and root file systems, dependency
 * scanning for everything else. What somebody dismissed is there with a flag, and what was not
 * covered is a message of the scan.
 */
export function render({ findings }: Pick<ResultReport, 'findings'>): readonly Piece[] {
  const scan = findings?.() ?? { targets: [], failed: [] };
  const { targets } = scan;
  const isContainer = targets[0]?.isSystem === true;
  if (targets.some(({ isSystem }) => isSystem !== isContainer))
    throw new Failure(
      'USAGE',
      'a report of GitLab is about images or about source, not about both',
      'Scan images and source trees apart from each other, each into a file of its own.',
    );
  const kind = isContainer ? 'container' : 'dependency';
  const document = {
    version: SCHEMA,
    schema:
      'https://gitlab.com/gitlab-org/security-products/security-report-schemas/-/raw/' +
      `v${SCHEMA}/dist/${kind}-scanning-report-format.json`,
    scan: buildScan(scan, `${kind}_scanning`),
    vulnerabilities: targets.flatMap((one) =>
      one.report.findings
        .toSorted(compareRisk)
        .map((each) => buildVulnerability(one, each, targets.length > 1 ? one.target : '')),
    ),
  };
  return [{ to: 'out', content: `${JSON.stringify(document, null, 2)}\n` }];
}

function buildScan(
  { targets, failed }: Pick<ScanFindings, 'targets' | 'failed'>,
  type: string,
): JsonObject {
  const tool = { id: 'waybill', name: 'Waybill', vendor: { name: 'Waybill' }, version: version() };
  const times = targets.map(({ report }) => report.scannedAt);
  return {
    analyzer: tool,
    scanner: tool,
    type,
    start_time: formatTime(times[0]),
    end_time: formatTime(times.at(-1)),
    status: failed.length === 0 ? 'success' : 'failure',
    messages: [
      ...failed.map(({ target, failure }) => {
        return { level: 'fatal', value: makePrintable(`${target}: ${failure.message}`) };
      }),
      ...targets.flatMap((one) =>
        groupDoubts(one).map((doubt) => ({
          level: isRemark(doubt) ? 'info' : 'warn',
          value: makePrintable(`${one.target}: ${formatDoubt(doubt)}`),
        })),
      ),
    ],
  };
}

/** `2026-01-28T03:26:02`, in UTC. */
function formatTime(instant: Instant | undefined): string {
  return instant === undefined ? '1970-01-01T00:00:00' : formatInstant(instant).slice(0, 19);
}

const SEVERITIES: Readonly<Record<Severity, string>> = {
  critical: 'Critical',
  high: 'High',
  medium: 'Medium',
  low: 'Low',
  none: 'Info',
  unknown: 'Unknown',
};

/** `scope` tells findings of several targets apart; alone, a target may change its name. */
function buildVulnerability(one: TargetFindings, finding: Finding, scope: string): JsonObject {
  const { id, title, component, severity, fixed, vector, rule } = finding;
  const location = buildLocation(one, finding);
  const path = one.findPath(component);
  return {
    id: toUuid(JSON.stringify([scope, id, component, location])),
    name: makePrintable(title ?? `Known vulnerability ${id}`).slice(0, 255),
    description: makePrintable(`${title ?? id} (${component}; ${rule})`),
    severity: SEVERITIES[severity],
    solution:
      fixed[0] === undefined
        ? 'No fixed version is known.'
        : makePrintable(`Upgrade ${finding.name} to ${fixed[0]}.`).slice(0, 7_000),
    identifiers: listNames(finding).map(buildIdentifier),
    ...(vector !== null && VECTOR.test(vector)
      ? { cvss_vectors: [{ vendor: 'unknown', vector }] }
      : {}),
    links: [{ url: toVulnerabilityUrl(id) }],
    ...buildDetails(finding, path),
    ...buildFlags(finding),
    location,
  };
}

/** A vector that the schema knows: of CVSS 3, with nothing strange in it. */
const VECTOR = /^CVSS:3\.[01]\/(?:[A-Z]{1,3}:[A-Z])(?:\/[A-Z]{1,3}:[A-Z]){7,20}$/;

/** What a signer who is trusted for it takes away: GitLab shows it, with the reason. */
function buildFlags(finding: Finding): JsonObject {
  const said = describeDismissal(finding);
  if (said === null) return {};
  const type = 'flagged-as-likely-false-positive';
  return { flags: [{ type, origin: 'Waybill', description: makePrintable(said) }] };
}

function buildDetails(finding: Finding, path: ReturnType<TargetFindings['findPath']>): JsonObject {
  const rater = formatRatingSource(finding.severitySource);
  const exploitation = listExploitation(finding).join(', ');
  const details = {
    ...(path === null
      ? {}
      : { path: buildDetail('Path of dependencies', namePath(path).join(' > ')) }),
    ...(rater === '' ? {} : { severity: buildDetail('Severity rated by', rater) }),
    ...(exploitation === '' ? {} : { exploitation: buildDetail('Exploitation', exploitation) }),
  };
  return Object.keys(details).length === 0 ? {} : { details };
}

function buildDetail(name: string, value: string): JsonObject {
  return { name, type: 'text', value: makePrintable(value) };
}

function buildLocation(one: TargetFindings, finding: Finding): JsonObject {
  const { target, isSystem, system, findPath } = one;
  const { name, version: installed, component, locations } = finding;
  const path = findPath(component);
  const dependency = {
    package: { name: makePrintable(name) },
    version: makePrintable(installed),
    ...(path === null ? {} : { direct: path.length === 1 }),
  };
  if (isSystem)
    return { dependency, operating_system: system ?? 'unknown', image: makePrintable(target) };
  const file = locations[0]?.replace(/^\/+/, '') || target || '.';
  return { file: makePrintable(file), dependency };
}

function listNames({ id, aliases }: Finding): readonly string[] {
  return [...new Set([id, ...aliases])].filter((name) => name !== '').slice(0, NAMES_MAX);
}

/** What GitLab takes for one vulnerability. */
const NAMES_MAX = 20;

function buildIdentifier(name: string): JsonObject {
  const shown = makePrintable(name).slice(0, 255);
  const type = /^([A-Za-z]+)-/.exec(shown)?.[1]?.toLowerCase() ?? 'osv';
  return { type, name: shown, value: shown, url: toVulnerabilityUrl(name) };
}

/** Always the same for the same finding: an alert stays itself from run to run (RFC 9562 §5.8). */
function toUuid(text: string): string {
  const hex = sha256(text).slice('sha256:'.length);
  const parts = [hex.slice(0, 8), hex.slice(8, 12), `8${hex.slice(13, 16)}`];
  return [...parts, `a${hex.slice(17, 20)}`, hex.slice(20, 32)].join('-');
}
