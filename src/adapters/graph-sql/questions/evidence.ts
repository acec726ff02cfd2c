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
  const found = new Map<number, { readonly kind: string; readonly digest: string }>();
  for (const some of splitIntoChunks([...new Set(positions)])) {
    const rows = await scope.db
      .selectFrom('log_entry')
      .select(['position', 'kind', 'digest'])
      .where('shard', '=', scope.shard)
      .where('position', 'in', some)
      .execute();
    for (const { position, ...entry } of rows) found.set(position, entry);
  }
  const signers = await readSigners(
    scope,
    [...found.values()].map(({ digest }) => digest),
  );
  return new Map(
    [...found].map(([position, { kind, digest }]) => [position, toAnswer(kind, digest, signers)]),
  );
}

/** Documents that a row names directly by digest. */
export async function readEvidence(
  scope: Scope,
  kind: string,
  digests: Iterable<string>,
): Promise<ReadonlyMap<string, EvidenceAnswer>> {
  const wanted = [...new Set(digests)];
  const signers = await readSigners(scope, wanted);
  return new Map(wanted.map((digest) => [digest, toAnswer(kind, digest, signers)]));
}

function toAnswer(
  kind: string,
  digest: string,
  signers: ReadonlyMap<string, readonly string[]>,
): EvidenceAnswer {
  return { document: digest as Digest, kind, signers: signers.get(digest) ?? [] };
}

/** The identities whose signature over each document was found trusted, as believed then. */
async function readSigners(
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
