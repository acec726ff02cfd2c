import { parseRecord } from '../../../capabilities/evidence/index.ts';
import type { SourceAnswer } from '../../../capabilities/graph/index.ts';
import { splitIntoChunks } from '../write/chunks.ts';
import type { Scope } from './scope.ts';

/** What a release or build record calls claimed: parts of its source, and its builder. */
export interface RecordClaims {
  readonly source: NonNullable<SourceAnswer['claimed']>;
  readonly builder: boolean;
}

/**
 * The claims of these records by digest; a record without claims is left out. They stand in the
 * record, not in a table: only an answer that shows the record needs them.
 */
export async function readClaims(
  { db, shard }: Pick<Scope, 'db' | 'shard'>,
  documents: readonly string[],
): Promise<ReadonlyMap<string, RecordClaims>> {
  const claims = new Map<string, RecordClaims>();
  for (const some of splitIntoChunks([...new Set(documents)])) {
    const rows = await db
      .selectFrom('document')
      .select(['digest', 'body'])
      .where('shard', '=', shard)
      .where('digest', 'in', some)
      .execute();
    for (const { digest, body } of rows) {
      const found = Buffer.from(body).includes('"claimed"') ? parseClaims(body) : null;
      if (found !== null) claims.set(digest, found);
    }
  }
  return claims;
}

function parseClaims(body: Uint8Array): RecordClaims | null {
  const release = parseRecord('release', body);
  if (release.ok) {
    const { source, build } = release.value;
    return { source: source?.claimed ?? [], builder: build?.claimed?.includes('builder') === true };
  }
  const build = parseRecord('build', body);
  if (!build.ok) return null;
  const { source, claimed } = build.value;
  return { source: source?.claimed ?? [], builder: claimed?.includes('builder') === true };
}

/** A source with what the record calls claimed. */
export function addSourceClaims(source: SourceAnswer, claims: RecordClaims | undefined) {
  const claimed = claims?.source ?? [];
  return claimed.length === 0 ? source : { ...source, claimed };
}

/** The build of a release with whether its builder is only claimed. */
export function addBuilderClaim<B extends object>(
  build: B | null,
  claims: RecordClaims | undefined,
): (B & { readonly claimed?: true }) | null {
  return build === null || claims?.builder !== true ? build : { ...build, claimed: true };
}
