import type { ReportedFinding, ReportedScan } from '../../../capabilities/graph/index.ts';
import type { Cell } from '../dialects/dialect.ts';
import { parsePackage } from './project-set.ts';
import type { Projection } from './projection.ts';

/**
 * The findings of a scan, as claims of its document. A newer scan of the same image by the same
 * tool ends them: what it lists no more, it withdraws. A scan that failed ends nothing, because
 * what it does not list may still be there. For the same reason a scan of one part (the packages of
 * the system, or those of languages) ends only scans of that part.
 */
export async function projectScan(projection: Projection, scan: ReportedScan): Promise<void> {
  const { connected, shard, ids, position, digest, subject } = projection;
  if (subject === null) return; // kept as a document: its subject is unknown
  const image = await ids.internOne('image', subject);
  const poster = projection.poster ?? '';
  const { tool, createdAt, hasLooked } = scan;
  const place = { image, tool, poster };
  const looked = hasLooked ? LOOKED[scan.part ?? 'all'] : 0;
  const isOld = await isOlder(projection, { ...place, looked }, createdAt);
  // mutant failed-scan-withdraws by claimed-findings: operand 2 -> true
  if (!isOld && hasLooked) await endScans(projection, { ...place, looked });
  const id = await ids.allocate('reported_scan', 1);
  const columns = ['image', 'tool', 'poster', 'created_at', 'looked', 'document'];
  await connected.insertRows(
    'reported_scan',
    ['shard', 'id', ...columns, 'known_from', 'known_to'],
    [
      [
        shard,
        id,
        image,
        tool,
        poster,
        createdAt,
        looked,
        digest,
        position,
        isOld ? position : null,
      ],
    ],
  );
  await addFindings(projection, id, scan.findings);
}

const LOOKED = { all: 1, system: 2, language: 3 } as const;

interface Place {
  readonly image: number;
  readonly tool: string;
  readonly poster: string;
  readonly looked: number;
}

/**
 * A scan that was made before one that is believed, and ended well, is history. One that says it
 * was made later than now makes nothing old, or nobody's scan would count until then.
 */
async function isOlder(
  projection: Projection,
  place: Place,
  createdAt: number | null,
): Promise<boolean> {
  if (createdAt === null) return false;
  // mutant scan-of-one-part-is-newer by claimed-findings: value -> [1, 2, 3]
  const parts = [LOOKED.all, place.looked].filter((code) => code > 0);
  // mutant scan-of-the-future-is-newer by claimed-findings: value -> 9007199254740991
  const untilNow: number = projection.recordedAt;
  const newer = await projection.connected.db
    .selectFrom('reported_scan')
    .select('id')
    .where('shard', '=', projection.shard)
    .where('image', '=', place.image)
    .where('tool', '=', place.tool)
    .where('poster', '=', place.poster)
    .where('known_to', 'is', null)
    .where('looked', 'in', parts)
    .where('created_at', '>', createdAt)
    .where('created_at', '<=', untilNow)
    .limit(1)
    .executeTakeFirst();
  // mutant older-scan-withdraws-a-newer by claimed-findings: value -> false
  return newer !== undefined;
}

async function endScans({ connected, shard, position }: Projection, place: Place): Promise<void> {
  await connected.db
    .updateTable('reported_scan')
    .set({ known_to: position })
    .where('shard', '=', shard)
    .where('image', '=', place.image)
    .where('tool', '=', place.tool)
    .where('poster', '=', place.poster)
    .where('known_to', 'is', null)
    .$if(place.looked !== LOOKED.all, (query) => query.where('looked', '=', place.looked))
    .execute();
}

async function addFindings(
  { connected, shard, ids }: Projection,
  scan: number,
  listed: readonly ReportedFinding[],
): Promise<void> {
  const findings = removeRepetitions(listed);
  const names = findings.flatMap((finding) => finding.names);
  const vulnerabilities = (await ids.intern('vulnerability', names)).ids;
  await connected.insertRows(
    'reported_finding',
    [
      ...['shard', 'reported_scan', 'ordinal', 'names', 'severity', 'score', 'purl', 'package'],
      ...['name', 'version', 'fixed'],
    ],
    findings.map(({ purl, ...said }, ordinal): readonly Cell[] => [
      ...[shard, scan, ordinal, JSON.stringify(said.names), said.severity, said.score, purl],
      ...[purl === null ? null : parsePackage(purl).base, said.name, said.version],
      JSON.stringify(said.fixed),
    ]),
  );
  const named = findings.flatMap((finding, ordinal) =>
    [...new Set(finding.names)].map((name) => [
      ...[shard, vulnerabilities.get(name) ?? 0, scan, ordinal],
    ]),
  );
  await connected.insertRows(
    'reported_name',
    ['shard', 'vulnerability', 'reported_scan', 'ordinal'],
    named.sort(
      (one, other) => Number(one[1]) - Number(other[1]) || Number(one[3]) - Number(other[3]),
    ),
  );
}

/** A scanner lists a package once for each place where it found it. */
function removeRepetitions(listed: readonly ReportedFinding[]): readonly ReportedFinding[] {
  const once = new Map<string, ReportedFinding>();
  for (const finding of listed) {
    const { names, purl, name, version } = finding;
    const key = JSON.stringify([names[0], purl, name, version]);
    if (!once.has(key)) once.set(key, finding);
  }
  return [...once.values()];
}
