import { parseRecord, readPosted } from '../../../capabilities/evidence/index.ts';
import {
  ANYWHERE,
  type LackingDeployment,
  type Missing,
  type Question,
} from '../../../capabilities/graph/index.ts';
import { type Instant, toInstant } from '../../../core/instant.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { type DeployedRow, readPlaceDeployments } from './deployments.ts';
import { findScanMoment, isProvenance } from './document-content.ts';
import { readImageSets } from './findings.ts';
import { readDigests, readKin } from './kin.ts';
import { readObserved } from './observed-clusters.ts';
import { checkRowsMax, formatCursor, type Scope } from './scope.ts';
import { readReleaseNames, toReleaseName } from './subject-releases.ts';
import { mayState, selectTrustedRecords } from './trusted-signatures.ts';
import { findUndigestedIn, toAnswer } from './undigested-containers.ts';
import { buildFilter } from './where.ts';

const DAY_MS = 86_400_000;
/** Deployments that are examined together. */
const PIECE = 200;

/** What runs, and which evidence about it is not there; one page examines a bounded number. */
export async function answerMissing(
  scope: Scope,
  { place, scannedWithin }: Question<'missing'>,
): Promise<Missing> {
  const rowsMax = checkRowsMax(scope.ask.page);
  const oldest = scope.moment - (scannedWithin ?? 30 * DAY_MS);
  const scannedSince = toInstant(Math.floor(oldest / DAY_MS) * DAY_MS);
  const filter = await buildFilter(scope, place ?? ANYWHERE);
  const deployments: LackingDeployment[] = [];
  let [{ afterId }, examined] = [filter, 0];
  const undigested = toAnswer(await findUndigestedIn(scope, filter.place));
  const observed = await readObserved(scope, filter.place);
  const finish = (next: string | null): Missing => ({
    ...{ deployments, scannedSince },
    ...undigested,
    ...observed,
    next,
  });
  for (;;) {
    const rows = await readPlaceDeployments(scope, PIECE, { ...filter, afterId });
    const some = rows.slice(0, PIECE);
    for (const { id, found } of await judgeRows(scope, some, scannedSince)) {
      if (deployments.length >= rowsMax) return finish(formatCursor([afterId]));
      if (found !== null) deployments.push(found);
      afterId = id;
    }
    examined += some.length;
    if (rows.length <= PIECE) return finish(null);
    if (examined >= LIMITS.pageRowsMax) return finish(formatCursor([afterId]));
  }
}

interface JudgedRow {
  readonly id: number;
  /** Null: nothing is missing. */
  readonly found: LackingDeployment | null;
}

async function judgeRows(
  scope: Scope,
  rows: readonly DeployedRow[],
  scannedSince: Instant,
): Promise<readonly JudgedRow[]> {
  const images = [...new Set(rows.map(({ image }) => image))];
  const kin = await readKin(scope, images);
  const near = new Map(images.map((image) => [image, [image, ...(kin.get(image) ?? [])]]));
  const all = [...new Set([...near.values()].flat())];
  const has = await readEvidence(scope, all, scannedSince);
  const names = await readReleaseNames(scope, all);
  return rows.map(({ id, image, answer }) => {
    const meant = near.get(image) ?? [];
    const releases = meant.flatMap((one) => names.get(one) ?? []).map(toReleaseName);
    const known = new Set(meant.flatMap((one) => [...(has.get(one) ?? [])]));
    if (releases.length > 0) known.add('release');
    const lacks = LACKED.filter((what) => !known.has(what));
    const named = [...new Map(releases.map((one) => [JSON.stringify(one), one])).values()];
    const shown = named.slice(0, LIMITS.rowEvidenceMax);
    return { id, found: lacks.length === 0 ? null : { ...answer, releases: shown, lacks } };
  });
}

type Lack = LackingDeployment['lacks'][number];
const LACKED: readonly Lack[] = ['release', 'sbom', 'signature', 'provenance', 'scan'];

/** What is there about each image itself. */
async function readEvidence(
  scope: Scope,
  images: readonly number[],
  scannedSince: Instant,
): Promise<ReadonlyMap<number, ReadonlySet<Lack>>> {
  const found = new Map<number, Set<Lack>>(images.map((image) => [image, new Set()]));
  for (const { image } of await readImageSets(scope, images)) found.get(image)?.add('sbom');
  const ids = new Map<string, number>();
  for (const [id, digests] of await readDigests(scope, images))
    for (const digest of digests) ids.set(digest, id);
  const entries = await listDocuments(scope, [...ids.keys()]);
  const granted = await readGranted(scope, [...ids.keys(), ...entries.map(({ digest }) => digest)]);
  for (const [digest, id] of ids)
    if (granted.get(digest)?.has('image') === true) found.get(id)?.add('signature');
  for (const { subject, digest, kind, media_type: mediaType, recorded_at: at } of entries) {
    const known = found.get(ids.get(subject ?? '') ?? 0);
    if (known === undefined) continue;
    if (kind === 'statement') {
      // mutant provenance-without-a-trusted-signature by missing: operand 1 -> true
      const counts = granted.get(digest)?.has('provenance') === true;
      if (counts && !known.has('provenance') && (await isProvenance(scope, digest)))
        known.add('provenance');
      continue;
    }
    const isOwn = readPosted(mediaType).poster === null;
    // mutant scan-that-a-stranger-posted by missing: operand 1 -> true
    const counts = isOwn || granted.get(digest)?.has('scan') === true;
    if (!counts || known.has('scan') || at < scannedSince) continue;
    const made = await findScanMoment(scope, digest);
    // mutant scan-that-was-only-recorded-lately by missing: condition -> true
    if (made !== null && made >= scannedSince) known.add('scan');
  }
  return found;
}

/** Scans and statements about these images, the newest first. */
async function listDocuments({ db, shard, known }: Scope, subjects: readonly string[]) {
  const rows = [];
  for (const some of splitIntoChunks(subjects))
    rows.push(
      ...(await db
        .selectFrom('log_entry')
        .select(['subject', 'digest', 'kind', 'media_type', 'recorded_at', 'position'])
        .where('shard', '=', shard)
        .where('subject', 'in', some)
        .where('kind', 'in', ['scan', 'statement'])
        .where('position', '<=', known)
        .execute()),
    );
  return rows.sort((one, other) => other.position - one.position);
}

/** What the signers of each document may state, as their signatures were verified. */
async function readGranted(
  scope: Scope,
  documents: readonly string[],
): Promise<ReadonlyMap<string, ReadonlySet<'image' | 'scan' | 'provenance'>>> {
  const granted = new Map<string, Set<'image' | 'scan' | 'provenance'>>();
  for (const some of splitIntoChunks([...new Set(documents)]))
    for (const { about, body } of await selectTrustedRecords(scope, some)) {
      const record = parseRecord('verification', body);
      if (!record.ok) continue;
      const { statements } = record.value;
      const kinds = granted.get(about) ?? new Set();
      // mutant signature-without-a-mandate-over-what-runs by missing: condition -> true
      for (const kind of ['image', 'scan', 'provenance'] as const)
        if (mayState(statements, kind)) kinds.add(kind);
      granted.set(about, kinds);
    }
  return granted;
}
