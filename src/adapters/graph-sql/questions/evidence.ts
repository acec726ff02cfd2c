import { readPosted } from '../../../capabilities/evidence/index.ts';
import type { EvidenceAnswer } from '../../../capabilities/graph/index.ts';
import type { Digest } from '../../../core/digest.ts';
import { LIMITS } from '../../../core/limits.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import { isBelieved, type Scope } from './scope.ts';
import { isSignedDocument } from './signatures.ts';

type Edge = 'image_set' | 'build_image' | 'build_fact' | 'commit_fact';

/** The documents at these positions of the log, with the verified signers of each. */
export async function readEvidenceAt(
  scope: Scope,
  positions: Iterable<number>,
): Promise<ReadonlyMap<number, EvidenceAnswer>> {
  const found = new Map<number, LoggedDocument>();
  for (const some of splitIntoChunks([...new Set(positions)])) {
    const rows = await scope.db
      .selectFrom('log_entry')
      .select(['position', 'kind', 'digest', 'media_type'])
      .where('shard', '=', scope.shard)
      .where('position', 'in', some)
      .execute();
    for (const { position, media_type: mediaType, ...entry } of rows)
      found.set(position, { ...entry, poster: readPosted(mediaType).poster });
  }
  const signers = await selectSigners(
    scope,
    [...found.values()].map(({ digest }) => digest),
  );
  return new Map([...found].map(([position, logged]) => [position, toAnswer(logged, signers)]));
}

/** Documents that a row names directly by digest. */
export async function readEvidence(
  scope: Scope,
  kind: string,
  digests: Iterable<string>,
): Promise<ReadonlyMap<string, EvidenceAnswer>> {
  const wanted = [...new Set(digests)];
  const signers = await selectSigners(scope, wanted);
  const posters = await readPosters(scope, kind, wanted);
  return new Map(
    wanted.map((digest) => {
      const logged = { kind, digest, poster: posters.get(digest) ?? null };
      return [digest, toAnswer(logged, signers)];
    }),
  );
}

interface LoggedDocument {
  readonly kind: string;
  readonly digest: string;
  /** Null if this installation recorded it itself. */
  readonly poster: string | null;
}

/** Who posted these documents; a document that was also recorded here has no poster. */
async function readPosters(
  { db, shard, known }: Scope,
  kind: string,
  digests: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const posters = new Map<string, string | null>();
  for (const some of splitIntoChunks(digests)) {
    const rows = await db
      .selectFrom('log_entry')
      .select(['digest', 'media_type'])
      .where('shard', '=', shard)
      .where('digest', 'in', some)
      .where('kind', '=', kind)
      .where('position', '<=', known)
      .execute();
    for (const { digest, media_type: mediaType } of rows) {
      const { poster } = readPosted(mediaType);
      if (poster === null || !posters.has(digest)) posters.set(digest, poster);
    }
  }
  return posters;
}

function toAnswer(
  { kind, digest, poster }: LoggedDocument,
  signers: ReadonlyMap<string, readonly string[]>,
): EvidenceAnswer {
  const said = { document: digest as Digest, kind, signers: signers.get(digest) ?? [] };
  return poster === null ? said : { ...said, claimedBy: poster };
}

/** The identities whose signature over each document was found trusted, as believed then. */
export async function selectSigners(
  scope: Scope,
  documents: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const { db, shard } = scope;
  const signers = new Map<string, string[]>();
  for (const some of splitIntoChunks([...new Set(documents)])) {
    const rows = await db
      .selectFrom('verification')
      .innerJoin('signer', (on) =>
        on
          .onRef('signer.shard', '=', 'verification.shard')
          .onRef('signer.id', '=', 'verification.signer'),
      )
      .select(['verification.document', 'signer.identity'])
      .distinct()
      .where('verification.shard', '=', shard)
      .where('verification.document', 'in', some)
      .where('verification.outcome', '=', 'trusted')
      .where((row) => isBelieved(row, 'verification', scope))
      .orderBy('signer.identity')
      .execute();
    for (const { document, identity } of rows) {
      const all = signers.get(document) ?? [];
      if (all.length < LIMITS.rowEvidenceMax) all.push(identity);
      signers.set(document, all);
    }
  }
  return signers;
}

/**
 * The documents that state each of these edges, the oldest first. If a signer is requested, only
 * the documents of that signer.
 */
export async function readEdgeEvidence(
  scope: Scope,
  edge: Edge,
  ids: readonly number[],
): Promise<ReadonlyMap<number, readonly EvidenceAnswer[]>> {
  const wanted = [...new Set(ids)];
  if (wanted.length === 0) return new Map();
  const limit = wanted.length * LIMITS.rowEvidenceMax;
  const rows = [];
  for (const some of splitIntoChunks(wanted)) {
    const together = await queryEdges(scope, edge, some, limit + 1);
    // An edge with very many documents does not reduce the documents of the others.
    if (together.length <= limit || some.length === 1) rows.push(...together);
    else
      for (const id of some)
        rows.push(...(await queryEdges(scope, edge, [id], LIMITS.rowEvidenceMax)));
  }
  const positions = new Map<number, number[]>();
  for (const { edge_id: id, position } of rows) {
    const said = positions.get(id) ?? [];
    if (said.length < LIMITS.rowEvidenceMax) said.push(position);
    positions.set(id, said);
  }
  const documents = await readEvidenceAt(scope, [...positions.values()].flat());
  return new Map(
    [...positions].map(([id, said]) => [
      id,
      said.flatMap((position) => documents.get(position) ?? []),
    ]),
  );
}

async function queryEdges(scope: Scope, edge: Edge, ids: readonly number[], limit: number) {
  const { db, shard, known, ask } = scope;
  return db
    .selectFrom('edge_evidence as said')
    .innerJoin('log_entry as entry', (on) =>
      on.onRef('entry.shard', '=', 'said.shard').onRef('entry.position', '=', 'said.position'),
    )
    .select(['said.edge_id', 'said.position'])
    .where('said.shard', '=', shard)
    .where('said.edge', '=', edge)
    .where('said.edge_id', 'in', ids)
    .where('said.position', '<=', known)
    .$if(ask.signedBy !== null, (query) =>
      query.where((row) => isSignedDocument(scope, row, 'entry.digest')),
    )
    .orderBy('said.edge_id')
    .orderBy('said.position')
    .limit(limit)
    .execute();
}
