import type { ExpressionBuilder } from 'kysely';
import type { ClaimedFinding, ExposureClaim } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { Purl } from '../../../core/purl.ts';
import type { Severity } from '../../../core/severity.ts';
import { inOrder } from '../dialects/dialect.ts';
import type { Database } from '../schema/schema.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { readEvidence } from './evidence.ts';
import { readImageDeployments } from './image-deployments.ts';
import { isBelieved, type Scope } from './scope.ts';
import { isSignedDocument } from './signatures.ts';
import { readReleaseNames, toReleaseName } from './subject-releases.ts';

/** The tool whose scans this graph can make itself. */
const OWN_TOOL = 'waybill';

/** One claim, and where it stands: the scan and its line. */
export interface ClaimRow {
  readonly scan: number;
  readonly ordinal: number;
  /** The image that the scan is about, by its id. */
  readonly imageId: number;
  readonly claim: ClaimedFinding;
}

/** What believed scans say of these images, behind a place, in a fixed order. */
export async function readImageClaims(
  scope: Scope,
  images: readonly number[],
  [scan, ordinal]: readonly [number, number],
  limit: number,
): Promise<readonly ClaimRow[]> {
  if (images.length === 0 || limit < 1) return [];
  const rows = await queryClaims(scope)
    .where('reported_scan.image', 'in', images)
    .where(({ eb, refTuple, tuple }) =>
      eb(
        refTuple('reported_finding.reported_scan', 'reported_finding.ordinal'),
        '>',
        tuple(scan, ordinal),
      ),
    )
    .orderBy('reported_finding.reported_scan')
    .orderBy('reported_finding.ordinal')
    .limit(limit)
    .execute();
  return toClaimRows(scope, rows);
}

/**
 * What believed scans say of these vulnerabilities, of any image; with a filter of releases, only
 * of images in such a release.
 */
export async function readExposureClaims(scope: Scope, vulnerabilities: readonly number[]) {
  const { rows, more } = await queryNamedClaims(scope, vulnerabilities);
  const claims = await toClaimRows(scope, rows);
  const { ask } = scope;
  const isNarrow = ask.owner !== null || ask.since !== null || ask.asOf !== null;
  const ids = [...new Set(claims.map(({ imageId }) => imageId))];
  const releases = await readReleaseNames(scope, ids);
  const deployments = await readImageDeployments(scope, ids);
  const listed = claims.flatMap(({ claim, imageId }): ExposureClaim[] => {
    const named = (releases.get(imageId) ?? []).map(toReleaseName);
    if (isNarrow && named.length === 0) return [];
    return [{ ...claim, releases: named, deployments: deployments.get(imageId) ?? [] }];
  });
  return { claims: listed, more };
}

function queryClaims(scope: Scope) {
  return (
    scope.db
      .selectFrom('reported_scan')
      // in this order: from the scans to what they list
      .innerJoin('reported_finding', inOrder)
      .innerJoin('image', inOrder)
      .select([
        'reported_finding.reported_scan',
        'reported_finding.ordinal',
        'reported_finding.names',
        'reported_finding.severity',
        'reported_finding.score',
        'reported_finding.purl',
        'reported_finding.name',
        'reported_finding.version',
        'reported_finding.fixed',
      ])
      .select(['reported_scan.image', 'reported_scan.tool', 'reported_scan.created_at'])
      .select(['reported_scan.document', 'image.digest'])
      .where('reported_scan.shard', '=', scope.shard)
      .where((row) => isBelieved(row, 'reported_scan', scope))
      .whereRef('reported_finding.shard', '=', 'reported_scan.shard')
      .whereRef('reported_finding.reported_scan', '=', 'reported_scan.id')
      .whereRef('image.shard', '=', 'reported_scan.shard')
      .whereRef('image.id', '=', 'reported_scan.image')
      .where((row) => row.or([row('reported_scan.tool', '!=', OWN_TOOL), isUnjudged(scope, row)]))
      .$if(scope.ask.signedBy !== null, (query) =>
        query.where((row) => isSignedDocument(scope, row, 'reported_scan.document')),
      )
  );
}

/** The lines of believed scans that name one of these vulnerabilities. */
async function queryLines({ db, shard, ...scope }: Scope, vulnerabilities: readonly number[]) {
  return db
    .selectFrom('reported_name')
    .innerJoin('reported_scan', inOrder)
    .select(['reported_name.reported_scan as scan', 'reported_name.ordinal'])
    .distinct()
    .where('reported_name.shard', '=', shard)
    .where('reported_name.vulnerability', 'in', vulnerabilities)
    .whereRef('reported_scan.shard', '=', 'reported_name.shard')
    .whereRef('reported_scan.id', '=', 'reported_name.reported_scan')
    .where((row) => isBelieved(row, 'reported_scan', scope))
    .orderBy('reported_name.reported_scan')
    .orderBy('reported_name.ordinal')
    .limit(LIMITS.claimedFindingsMax + 1)
    .execute();
}

/** Few scans at once: a statement looks every pair of its scans and lines up. */
const SCANS_AT_ONCE = 50;

async function queryNamedClaims(scope: Scope, vulnerabilities: readonly number[]) {
  const lines = await queryLines(scope, vulnerabilities);
  const shown = lines.slice(0, LIMITS.claimedFindingsMax);
  const wanted = new Set(shown.map(({ scan, ordinal }) => `${scan} ${ordinal}`));
  const found: ClaimQueryRow[] = [];
  for (const scans of splitIntoChunks([...new Set(shown.map(({ scan }) => scan))], SCANS_AT_ONCE)) {
    const ordinals = shown.filter(({ scan }) => scans.includes(scan));
    const rows = await queryClaims(scope)
      .where('reported_scan.id', 'in', scans)
      .where('reported_finding.ordinal', 'in', [...new Set(ordinals.map(({ ordinal }) => ordinal))])
      .execute();
    found.push(...rows.filter((row) => wanted.has(`${row.reported_scan} ${row.ordinal}`)));
  }
  return { rows: found, more: lines.length > shown.length };
}

type ClaimQueryRow = Awaited<ReturnType<ReturnType<typeof queryClaims>['execute']>>[number];

/**
 * Whether the graph cannot judge what a scan of Waybill itself lists. Where it has the advisory and
 * the component of the image, its own answer is newer than that of the scan.
 */
function isUnjudged(
  { shard }: Scope,
  row: ExpressionBuilder<Database, 'reported_scan' | 'reported_finding'>,
) {
  const advised = row
    .selectFrom('reported_name')
    .innerJoin('advisory_belief', inOrder)
    .select('reported_name.ordinal')
    .where('reported_name.shard', '=', shard)
    .whereRef('reported_name.reported_scan', '=', 'reported_finding.reported_scan')
    .whereRef('reported_name.ordinal', '=', 'reported_finding.ordinal')
    .whereRef('advisory_belief.shard', '=', 'reported_name.shard')
    .whereRef('advisory_belief.vulnerability', '=', 'reported_name.vulnerability');
  const held = row
    .selectFrom('package')
    .innerJoin('package_version', inOrder)
    .innerJoin('set_member', inOrder)
    .innerJoin('image_set', inOrder)
    .select('package.id')
    .where('package.shard', '=', shard)
    .whereRef('package.purl', '=', 'reported_finding.package')
    .whereRef('package_version.shard', '=', 'package.shard')
    .whereRef('package_version.package', '=', 'package.id')
    .whereRef('package_version.version', '=', 'reported_finding.version')
    .whereRef('package_version.purl', '=', 'reported_finding.purl')
    .whereRef('set_member.shard', '=', 'package.shard')
    .whereRef('set_member.package_version', '=', 'package_version.id')
    .whereRef('image_set.shard', '=', 'package.shard')
    .whereRef('image_set.component_set', '=', 'set_member.component_set')
    .whereRef('image_set.image', '=', 'reported_scan.image');
  return row.not(row.and([row.exists(advised), row.exists(held)]));
}

async function toClaimRows(
  scope: Scope,
  rows: readonly ClaimQueryRow[],
): Promise<readonly ClaimRow[]> {
  const documents = new Set(rows.map(({ document }) => document));
  const said = await readEvidence(scope, 'scan', documents);
  return rows.map((row) => ({
    scan: row.reported_scan,
    ordinal: row.ordinal,
    imageId: row.image,
    claim: {
      tool: row.tool,
      scannedAt: row.created_at === null ? null : toInstant(row.created_at),
      image: row.digest as Digest,
      names: parseTexts(row.names),
      severity: row.severity as Severity,
      score: row.score,
      purl: row.purl as Purl | null,
      name: row.name,
      version: row.version,
      fixed: parseTexts(row.fixed),
      status: 'claimed',
      evidence: [said.get(row.document) ?? []].flat(),
    },
  }));
}

function parseTexts(text: string): readonly string[] {
  const listed: unknown = JSON.parse(text);
  return Array.isArray(listed) ? listed.map(String) : [];
}
