import { POSTED_MARK } from '../../../capabilities/evidence/index.ts';
import type {
  GraphFinding,
  ImageExposure,
  ImageExposures,
  Question,
} from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { type Cell, inOrder } from '../dialects/dialect.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { prepareQuery } from '../write/prepared-query.ts';
import { readFindingPage, readImageSets, toFindings } from './findings.ts';
import { readDigests, readIndexes } from './kin.ts';
import { isBelieved, type Scope } from './scope.ts';
import { type Kin, readMandated, readVexClaims } from './vex.ts';

/**
 * What advisories say today of the components of an image. Anyone who may post documents could name
 * any digest in them: inventories and indexes count if this installation recorded them, inventories
 * also if a signer who may state them signed them.
 */
export async function answerExposures(
  scope: Scope,
  { image, members }: Question<'exposures'>,
): Promise<ImageExposures> {
  const below = members.filter((member) => member !== image);
  // Most images have none, and each gate asks: one statement then, not ten.
  // mutant exposure-is-looked-for by exposed-digest: condition -> true
  if (!(await mayBeExposed(scope, [image, ...below]))) return { exposures: [], more: false };
  const ids = await readIds(scope, [image, ...below]);
  const known = await readVouchedIndexes(scope, ids);
  const kin = new Map<Digest, Kin>([[image, { indexes: [...known], members: below }]]);
  for (const member of below) kin.set(member, { indexes: [image], members: [] });
  // Of an index, its own members alone are known here: it stands for the image that was asked for.
  for (const index of known) kin.set(index, { indexes: [], members: [image] });
  const claims = await readVexClaims(scope, kin);
  const exposures: ImageExposure[] = [];
  const own = { image, ...(kin.get(image) ?? NO_KIN) };
  for (const digest of kin.keys()) {
    const found = await readExposures(scope, digest);
    for (const { names, purl, status, fixed, ...rated } of found) {
      if (status === 'not_affected') continue;
      const target = { purl, image: digest, ...(kin.get(digest) ?? NO_KIN) };
      const isExcused = [target, { ...own, purl }].some(
        (one) => (claims?.findExcuse(names, one, scope.moment) ?? null) !== null,
      );
      // mutant exposure-excused-by-vex by exposed-digest: condition -> false
      if (isExcused) continue;
      const { severity, score, vector, severitySource } = rated;
      const rating = { severity, score, vector, severitySource };
      exposures.push({ names, ...rating, purl, status, fixed, image: digest });
    }
    if (exposures.length > LIMITS.findingsMax) break;
  }
  const more = exposures.length > LIMITS.findingsMax;
  return { exposures: exposures.slice(0, LIMITS.findingsMax), more };
}

const NO_KIN: Kin = { indexes: [], members: [] };

/**
 * Whether an advisory that is believed names a component of these images or of an index that lists
 * one, in any inventory.
 */
async function mayBeExposed(scope: Scope, digests: readonly Digest[]): Promise<boolean> {
  const { shard, ask } = scope;
  if (ask.knownAt !== null) return true;
  for (const digest of digests)
    if ((await queryExposed(scope, { shard, digest })).length > 0) return true;
  return false;
}

interface ExposedKey extends Record<string, Cell> {
  readonly shard: number;
  readonly digest: string;
}

const queryExposed = prepareQuery(['shard', 'digest'], (db, { shard, digest }: ExposedKey) => {
  /** The inventories with a component that an advisory names. */
  const affectedSets = db
    .selectFrom('image_set')
    .innerJoin('set_member', inOrder)
    .innerJoin('affected', inOrder)
    .select('image_set.id')
    .where('image_set.shard', '=', shard)
    .where('set_member.shard', '=', shard)
    .whereRef('set_member.component_set', '=', 'image_set.component_set')
    .where('affected.shard', '=', shard)
    .whereRef('affected.package_version', '=', 'set_member.package_version')
    .where('affected.known_to', 'is', null);
  const ofImage = affectedSets.where(({ eb, ref }) =>
    eb('image_set.image', '=', ref('image.id' as 'image_set.image')),
  );
  const ofIndex = affectedSets.where(({ eb, ref }) =>
    eb('image_set.image', '=', ref('image_member.image_index' as 'image_set.image')),
  );
  return (
    db
      .selectFrom('image')
      .select('image.id')
      .where('image.shard', '=', shard)
      .where('image.digest', '=', digest)
      // Of a graph without advisories nothing else is read.
      .where((row) =>
        row.exists(
          row
            .selectFrom('affected')
            .select('affected.vulnerability')
            .where('affected.shard', '=', shard),
        ),
      )
      .where((row) =>
        // mutant exposure-of-an-index-is-looked-for by exposed-digest: remove element 2
        row.or([
          row.exists(ofImage),
          row.exists(
            row
              .selectFrom('image_member')
              .select('image_member.id')
              .where('image_member.shard', '=', shard)
              .whereRef('image_member.member', '=', 'image.id')
              .where((inner) => inner.exists(ofIndex)),
          ),
        ]),
      )
      .limit(1)
  );
});

async function readExposures(scope: Scope, digest: Digest): Promise<readonly GraphFinding[]> {
  const sets = await readVouchedSets(scope, await readIds(scope, [digest]));
  const found: GraphFinding[] = [];
  let after: string | null = null;
  do {
    if (sets.length === 0) break;
    const page = { rowsMax: LIMITS.pageRowsMax, after };
    const paged: Scope = { ...scope, ask: { ...scope.ask, page } };
    const { found: some, next } = await readFindingPage(paged, sets);
    found.push(...(await toFindings(paged, some)));
    after = next;
  } while (after !== null && found.length <= LIMITS.findingsMax);
  return found;
}

async function readIds(
  { db, shard }: Scope,
  digests: readonly Digest[],
): Promise<readonly number[]> {
  const found: number[] = [];
  for (const some of splitIntoChunks(digests)) {
    const rows = await db
      .selectFrom('image')
      .select('id')
      .where('shard', '=', shard)
      .where('digest', 'in', some)
      .execute();
    found.push(...rows.map(({ id }) => id));
  }
  return found;
}

/** The indexes that list one of the images, by a document of this installation. */
async function readVouchedIndexes(
  scope: Scope,
  images: readonly number[],
): Promise<ReadonlySet<Digest>> {
  const near = [...new Set([...(await readIndexes(scope, images)).values()].flat())];
  if (near.length === 0) return new Set();
  const edges: number[] = [];
  const indexOf = new Map<number, number>();
  for (const some of splitIntoChunks(near)) {
    const rows = await scope.db
      .selectFrom('image_member')
      .select(['id', 'image_index'])
      .where('shard', '=', scope.shard)
      .where('image_index', 'in', some)
      .where('member', 'in', images)
      .where('known_from', '<=', scope.known)
      .limit(LIMITS.relatedImagesMax)
      .execute();
    for (const { id, image_index: index } of rows) {
      edges.push(id);
      indexOf.set(id, index);
    }
  }
  // mutant exposure-by-posted-index by exposed-digest: value -> new Set(edges)
  const own = await readOwnEdges(scope, 'image_member', edges);
  const ids = [...own].flatMap((edge) => indexOf.get(edge) ?? []);
  return new Set([...(await readDigests(scope, [...new Set(ids)])).values()].flat());
}

async function readVouchedSets(
  scope: Scope,
  images: readonly number[],
): Promise<readonly number[]> {
  const sets = await readImageSets(scope, images);
  const edges = sets.map(({ id }) => id);
  const own = await readOwnEdges(scope, 'image_set', edges);
  const signed = await readSignedEdges(
    scope,
    edges.filter((id) => !own.has(id)),
  );
  // mutant exposure-by-posted-sbom by exposed-digest: value -> sets
  const vouched = sets.filter(({ id }) => own.has(id) || signed.has(id));
  return [...new Set(vouched.map((set) => set.component_set))];
}

type Edge = 'image_set' | 'image_member';

/** The edges that a document states which nobody posted. */
async function readOwnEdges(
  { db, shard, known }: Scope,
  edge: Edge,
  ids: readonly number[],
): Promise<ReadonlySet<number>> {
  const own = new Set<number>();
  for (const some of splitIntoChunks(ids)) {
    const rows = await db
      .selectFrom('edge_evidence as said')
      .innerJoin('log_entry as entry', (on) =>
        on.onRef('entry.shard', '=', 'said.shard').onRef('entry.position', '=', 'said.position'),
      )
      .select('said.edge_id')
      .distinct()
      .where('said.shard', '=', shard)
      .where('said.edge', '=', edge)
      .where('said.edge_id', 'in', some)
      .where('said.position', '<=', known)
      .where('entry.media_type', 'not like', `%${POSTED_MARK}%`)
      .execute();
    for (const { edge_id: id } of rows) own.add(id);
  }
  return own;
}

/** Posted inventories that are examined for a signature; more of one image do not count. */
const SIGNED_MAX = 1_000;

/** The edges that an inventory states whose signer may state it. */
async function readSignedEdges(scope: Scope, ids: readonly number[]): Promise<ReadonlySet<number>> {
  const { db, shard, known } = scope;
  const documents = new Map<string, Set<number>>();
  for (const some of splitIntoChunks(ids)) {
    const rows = await db
      .selectFrom('edge_evidence as said')
      .innerJoin('log_entry as entry', (on) =>
        on.onRef('entry.shard', '=', 'said.shard').onRef('entry.position', '=', 'said.position'),
      )
      .select(['said.edge_id', 'entry.digest'])
      .distinct()
      .where('said.shard', '=', shard)
      .where('said.edge', '=', 'image_set')
      .where('said.edge_id', 'in', some)
      .where('said.position', '<=', known)
      .where((row) =>
        row.exists(
          row
            .selectFrom('verification')
            .select('verification.id')
            .where('verification.shard', '=', shard)
            .whereRef('verification.document', '=', 'entry.digest')
            .where('verification.outcome', '=', 'trusted')
            .where((inner) => isBelieved(inner, 'verification', scope)),
        ),
      )
      .limit(SIGNED_MAX)
      .execute();
    for (const { edge_id: id, digest } of rows)
      documents.set(digest, (documents.get(digest) ?? new Set()).add(id));
  }
  const mandated = await readMandated(scope, [...documents.keys()], 'sbom');
  return new Set([...mandated].flatMap((digest) => [...(documents.get(digest) ?? [])]));
}
